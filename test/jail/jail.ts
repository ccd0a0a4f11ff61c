// A jail to test cook in: a scratch root in its own namespaces, with the parts
// of FreeBSD that cook uses (bin/ and root/) and the real Synapse. Mounts are
// only visible inside; every other file is the same outside.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { makeState, type Shape } from './state.ts'
import { runner, type Done, type Options } from './run.ts'
import { fetchAllVia, fetchVia, type Answer, type Init } from './fetch.ts'
import { findSynapse, whyNoSynapse } from './synapse.ts'

export interface Jail {
  /** The path of the jail's / outside. */
  root: string
  /** The init process, by its pid outside: killing it ends the jail. */
  pid: number
  /** Its addresses, without 127.0.0.1 and ::1. */
  addresses: string[]
  /** The path outside for a path in the jail, the data set included. */
  path(inside: string): string
  /** Runs a command; `env` is its complete environment. */
  exec(argv: string[], options?: Options): Promise<Done>
  /** Starts a command; its kill() signals the command itself. */
  spawn(argv: string[], options?: Options): ChildProcess
  /** An HTTP request from inside the jail's network. */
  fetch(url: string, init?: Init): Promise<Answer>
  /** Several requests at once; a string is an error code. */
  fetchAll(urls: readonly string[], init?: Init): Promise<(Answer | string)[]>
  /** Ends every process of the jail and removes its files. */
  destroy(): Promise<void>
}

const enter = fileURLToPath(new URL('enter.sh', import.meta.url))

/** Why no jail is possible on this machine, or false if one is. */
export const whyNoJail = (): string | false => {
  if (process.getuid?.() !== 0) {
    return 'no jail: not root (sh test/jail/as-root.sh COMMAND is enough)'
  }
  const spaces = ['--mount', '--pid', '--net', '--fork', '--mount-proc']
  const { status, stderr, error } = spawnSync(
    'unshare',
    [...spaces, 'ip', 'link', 'set', 'lo', 'up'],
    { encoding: 'utf8' },
  )
  return status === 0
    ? whyNoSynapse()
    : `no jail: unshare: ${stderr || error?.message || `exit ${status}`}`
}

export const makeJail = async (shape: Shape = {}): Promise<Jail> => {
  const why = whyNoJail()
  if (why) throw new Error(why)
  const state = makeState(shape, findSynapse())

  // Its own session: after a signal to the test's group it has time to clean
  // up. It ends when the test process closes its stdin.
  const outer = spawn('/bin/sh', [enter, state.dir], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const closed = once(outer, 'close')
  const pid = await ready(outer)
  const parts = [outer, outer.stdin, outer.stdout, outer.stderr] as unknown as {
    ref(): void
    unref(): void
  }[]
  parts.forEach(part => part.unref())

  const run = runner(pid)
  return {
    root: state.root,
    pid,
    addresses: state.addresses,
    path: state.path,
    exec: run.exec,
    spawn: run.spawn,
    fetch: (url, init) => fetchVia(run, url, init),
    fetchAll: (urls, init) => fetchAllVia(run, urls, init),
    destroy: async () => {
      // Until the pipes are closed: that may be later than the end of the
      // process.
      parts.forEach(part => part.ref())
      outer.stdin.end()
      await closed
    },
  }
}

const ready = (outer: ChildProcess) =>
  new Promise<number>((resolve, reject) => {
    let said = ''
    outer.stderr!.on('data', data => (said += String(data)))
    outer.stdout!.once('data', data => resolve(Number(String(data))))
    outer.once('close', () => reject(new Error(`no jail: ${said}`)))
  })
