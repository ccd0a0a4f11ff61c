// Runs the bundle below a scratch root and lets it be killed, or a call of it
// fail, at the Nth call that changes the file system.

import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

export const bundle = here('../../dist/cook.cjs')

const hook = here('hook.cjs')
const accounts = here('../jail/root/etc')

export interface Ended {
  code: number | null
  signal: string | null
  stderr: string
}

export interface Fault {
  /** The number of the call, from 1. */
  at: number
  /** SIGKILL, or the name of the error that the call gives. */
  what: string
}

const parameters = {
  DOMAIN: 'example.com',
  IP: '10.192.0.5',
  ALERTEMAIL: 'admin@example.com',
}

/** Runs cook below a root, to its end. */
export const cook = (
  root: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ['--require', hook, '--', bundle, '--quiet', '--root', root, ...args],
      {
        env: { PATH: process.env['PATH'], ...parameters, ...env },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    )
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', text => (stderr += text))
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, stderr }))
  })

/** How many calls of a run change the file system. */
export const countCalls = async (
  root: string,
  args: readonly string[],
): Promise<number> => {
  const file = `${root}.count`
  const { code, stderr } = await cook(root, args, { FAULT_COUNT: file })
  if (code !== 0) {
    throw new Error(`cook ended with ${code}: ${stderr}`)
  }
  const count = Number(readFileSync(file, 'utf8'))
  rmSync(file)
  return count
}

export const cookWith = (
  root: string,
  args: readonly string[],
  { at, what }: Fault,
): Promise<Ended> => cook(root, args, { FAULT_AT: String(at), FAULT: what })

/** A folder for roots, with an empty one that knows the user synapse. */
export const roots = (t: Test) => {
  const folder = mkdtempSync(join(tmpdir(), 'cook-faults-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const empty = join(folder, 'empty')
  for (const name of ['passwd', 'group']) {
    cpSync(join(accounts, name), join(empty, 'etc', name))
  }
  let number = 0
  /** A copy that stays, with its owners and times. */
  const copyOf = (from: string): string => {
    const root = join(folder, String(number++))
    execFileSync('cp', ['-a', from, root])
    return root
  }
  /** Works on a copy and drops it. */
  const onCopyOf = async <T>(
    from: string,
    work: (root: string) => Promise<T>,
  ): Promise<T> => {
    const root = copyOf(from)
    return work(root).finally(() => rmSync(root, { recursive: true }))
  }
  return { empty, copyOf, onCopyOf }
}
