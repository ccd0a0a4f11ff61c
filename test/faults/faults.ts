// Runs the bundle below a scratch root; at the Nth call that changes the file
// system the call fails or the process is killed.

import { execFileSync, spawn, type StdioOptions } from 'node:child_process'
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { kinds } from '../e2e/setting.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

const hook = here('hook.cjs')
const accounts = here('../jail/root/etc')

/** Why this is not possible here, or false if it is. */
export const whyNotFaulty = (): string | false => {
  const missing = [kinds.bundle, kinds.bun].find(file => !existsSync(file))
  return missing === undefined
    ? process.geteuid?.() !== 0 && 'owners can be set by root only'
    : `no ${missing}: make release makes it`
}

/** The name of a function of node:fs, and the path that it changes. */
export type Call = readonly [name: string, path: string]

/** The result of a run. */
export interface Ended {
  code: number | null
  signal: string | null
  stderr: string
}

export interface Struck extends Ended {
  /** The calls that change the file system, up to the failing one. */
  calls: Call[]
}

export interface Fault {
  /** The number of the call, from 1. */
  at: number
  /** SIGKILL, or the name of the error that the call gives. */
  what: string
}

/** Two of them are secrets, in addition to those that cook creates. */
export const parameters = {
  DOMAIN: 'example.com',
  IP: '10.192.0.5',
  ALERTEMAIL: 'admin@example.com',
  SMTPHOST: 'mail.example.com',
  SMTPFROM: 'matrix@example.com',
  SMTPUSER: 'matrix',
  SMTPPASS: 'the s3cr3t of SMTP',
  LDAPSERVER: 'ldap.example.com',
  LDAPDOMAIN: 'example.com',
  LDAPPASSWORD: 'the s3cr3t of LDAP',
}

/** The complete environment of cook. */
export const environment: Record<string, string> = {
  // With FreeBSD's pw(8).
  PATH: `${here('../jail/bin')}:${process.env['PATH']}`,
  ...parameters,
}

/** Runs a program to its end. */
export const run = (
  [command = '', ...args]: readonly string[],
  env: Record<string, string> = environment,
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const stdio: StdioOptions = ['ignore', 'ignore', 'pipe']
    const child = spawn(command, args, { env, stdio })
    let stderr = ''
    child.stderr?.setEncoding('utf8').on('data', text => (stderr += text))
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, stderr }))
  })

/** Runs cook below a root, to its end or to a fault. */
export const cook = async (
  root: string,
  args: readonly string[],
  fault?: Fault,
): Promise<Struck> => {
  const told = `${root}.told`
  const ended = await run(
    [
      ...[process.execPath, '--require', hook, '--', kinds.bundle],
      ...['--quiet', '--root', root, ...args],
    ],
    {
      ...environment,
      FAULT_TOLD: told,
      ...(fault && { FAULT_AT: String(fault.at), FAULT: fault.what }),
    },
  )
  const calls: Call[] = existsSync(told)
    ? JSON.parse(readFileSync(told, 'utf8'))
    : []
  rmSync(told, { force: true })
  return { ...ended, calls }
}

/** Runs the executable that starts fastest, without a failing call. */
export const cookAgain = (
  root: string,
  args: readonly string[],
): Promise<Ended> => run([kinds.bun, '--quiet', '--root', root, ...args])

/** The calls of a run that change the file system, without a failing one. */
export const callsOf = async (
  root: string,
  args: readonly string[],
): Promise<Call[]> => {
  const { code, stderr, calls } = await cook(root, args)
  if (code !== 0) {
    throw new Error(`cook ended with ${code}: ${stderr}`)
  }
  return calls
}

/** A directory for roots, with an empty one that has the user synapse. */
export const roots = (t: Test) => {
  const folder = temporaryFolder(t, 'faults')
  const empty = join(folder, 'empty')
  for (const name of ['passwd', 'group']) {
    cpSync(join(accounts, name), join(empty, 'etc', name))
  }
  let number = 0
  /** A permanent copy, with owners and times. */
  const copyOf = (from: string): string => {
    const root = join(folder, String(number++))
    execFileSync('cp', ['-a', from, root])
    return root
  }
  /** Works on a copy and removes it. */
  const onCopyOf = async <T>(
    from: string,
    work: (root: string) => Promise<T>,
  ): Promise<T> => {
    const root = copyOf(from)
    return work(root).finally(() => rmSync(root, { recursive: true }))
  }
  return { empty, copyOf, onCopyOf }
}

/** Does the work for each item, one per processor at a time. */
export const forEach = async <T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> => {
  const waiting = items.values()
  const take = async (): Promise<void> => {
    for (const item of waiting) {
      await work(item)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, take))
}

/** Numbers of calls, from 1, at a distance, and the last one. */
export const some = (spacing: number, calls: readonly Call[]): number[] =>
  calls.flatMap((_, n) =>
    n % spacing === 0 || n === calls.length - 1 ? [n + 1] : [],
  )
