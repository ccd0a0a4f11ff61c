// cook from its source, as a process of its own, on each runtime.

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { required } from '../small/given.ts'

const inProject = (path: string): string =>
  fileURLToPath(new URL(`../../${path}`, import.meta.url))

const main = inProject('cook/main.ts')

/** Programs that run a script; Node reads options after it too, without --. */
export const runtimes = {
  node: process.execPath,
  bun: inProject('node_modules/.bin/bun'),
} as const

/** How a program ended, and what it printed. */
export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  out: string
  err: string
}

/**
 * Runs cook in a shell, which says what is redirected.
 * @param script where `"$@"` is cook without arguments
 */
export const inShell = (
  runtime: string,
  script: string,
  environment: Record<string, string> = required,
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const separator = runtime === runtimes.node ? ['--'] : []
    const cook = [runtime, ...separator, main]
    const argv = ['--norc', '-c', script, 'sh', ...cook]
    const env = { PATH: process.env['PATH'], ...environment }
    const child = spawn('bash', argv, { env })
    const ended = { out: '', err: '' }
    child.stdout.on('data', text => (ended.out += text))
    child.stderr.on('data', text => (ended.err += text))
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, ...ended }))
    child.stdin.end()
  })
