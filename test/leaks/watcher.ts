// Runs cook in a jail and records everything that other users could see:
// output, started programs, files.

import { once } from 'node:events'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { singleQuoted } from '../../lib/formats/sh.ts'
import { environment } from '../e2e/setting.ts'
import type { Jail } from '../jail/jail.ts'
import type { Done, Options } from '../jail/run.ts'
import { execsIn, noting, type Exec } from './execs.ts'

/** The watcher's own directory in the jail. */
export const hidden = '/watcher'

export interface Given {
  args: string[]
  /** Parameters, in addition to the default ones. */
  env?: Record<string, string>
  /** Whether the arguments contain secrets. */
  flags?: true
  /** The command, instead of cook. */
  program?: string[]
  options?: Options
}

/** The processes of a jail, by their pids outside. */
const processes = (jail: Jail): string[] => {
  const space = (pid: number | string): string => {
    try {
      return readlinkSync(`/proc/${pid}/ns/pid`)
    } catch {
      return 'it has ended'
    }
  }
  const own = space(jail.pid)
  return readdirSync('/proc').filter(
    name => /^\d+$/.test(name) && space(name) === own,
  )
}

const factOf = (pid: string, what: 'cmdline' | 'environ'): string => {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'latin1')
  } catch {
    return ''
  }
}

// In milliseconds.
const interval = 20

export const watcher = (jail: Jail) => {
  mkdirSync(jail.path(hidden), { mode: 0o700 })
  const traces: { file: string; flags: boolean }[] = []
  const lines = new Set<string>()

  const prepare = ({ args, env = {}, flags, program }: Given): string[] => {
    const file = join(hidden, String(traces.length))
    traces.push({ file: jail.path(file), flags: flags === true })
    // Not as arguments of env(1), which are visible in the jail.
    const text = Object.entries(environment(env))
      .map(([name, value]) => `export ${name}=${singleQuoted(value)}\n`)
      .join('')
    writeFileSync(jail.path(`${file}.env`), text, { mode: 0o600 })
    const argv = noting(file, [...(program ?? ['cook']), ...args])
    return ['/bin/sh', '-c', `. ${file}.env; exec "$@"`, 'sh', ...argv]
  }

  const sample = (): void =>
    processes(jail).forEach(pid => lines.add(factOf(pid, 'cmdline')))

  const sampling = (given: Given): (() => void) => {
    const timer = given.flags ? undefined : setInterval(sample, interval)
    return () => clearInterval(timer)
  }

  return {
    run: async (given: Given): Promise<Done> => {
      const stop = sampling(given)
      const options = { env: {}, ...given.options }
      return jail.exec(prepare(given), options).finally(stop)
    },

    /** Waits for output and then sends a signal. */
    until: async (said: RegExp, given: Given): Promise<Done> => {
      const stop = sampling(given)
      let isTold = false
      const options = { env: {}, input: '', ...given.options }
      const child = jail.spawn(prepare(given), options)
      const out = { stdout: '', stderr: '' }
      for (const name of ['stdout', 'stderr'] as const) {
        child[name]?.setEncoding('utf8').on('data', text => {
          out[name] += text
          if (said.test(out.stdout) && !isTold) {
            isTold = true
            child.kill('SIGTERM')
          }
        })
      }
      const [code, signal] = await once(child, 'exit').finally(stop)
      return { code: Number(code ?? -1), signal, ...out }
    },

    runs: (): number => traces.length,

    /**
     * What was started, until now: with which arguments and which environment,
     * but for what the administrator has given to cook itself.
     */
    started: (): { execs: Exec[]; seen: string[] } => {
      const seen: string[] = []
      const all = traces.flatMap(({ file, flags }) => {
        const execs = execsIn(readFileSync(file, 'latin1'))
        for (const { pid, argv, env } of execs) {
          const isCook = pid === execs[0]?.pid
          seen.push(...(isCook && flags ? [] : argv), ...(isCook ? [] : env))
        }
        return execs
      })
      return { execs: all, seen }
    },

    /** The command lines that were seen while cook ran. */
    lines: (): string[] => [...lines],

    /** The environments of all processes in the jail. */
    environments: (): string[] =>
      processes(jail)
        // It has the environment of the cook that started it.
        .filter(pid => !factOf(pid, 'cmdline').startsWith('strace'))
        .map(pid => factOf(pid, 'environ')),
  }
}

/** A file of any type in a jail. */
export interface Entry {
  path: string
  /** Its content, or the target of a link. */
  text: Buffer
  facts: { owner: number; group: number; mode: number }
  /** Whether a user who is neither its owner nor in its group can read it. */
  isOpen: boolean
}

/** The files of a jail, without those in some directories. */
export const entriesIn = (
  root: string,
  leave: readonly string[],
  inside = '/',
  open = true,
): Entry[] =>
  readdirSync(join(root, inside)).flatMap(name => {
    const path = join(inside, name)
    const stat = lstatSync(join(root, path))
    if (leave.includes(path)) {
      return []
    }
    if (stat.isDirectory()) {
      const goesOn = open && (stat.mode & 0o001) !== 0
      return entriesIn(root, leave, path, goesOn)
    }
    const text = stat.isSymbolicLink()
      ? Buffer.from(readlinkSync(join(root, path)))
      : stat.isFile()
        ? readFileSync(join(root, path))
        : Buffer.alloc(0)
    const { uid: owner, gid: group } = stat
    const mode = stat.mode & 0o7777
    const isOpen = open && (mode & 0o004) !== 0
    return [{ path, text, facts: { owner, group, mode }, isOpen }]
  })

/** Writes a file that only root may read. */
export const keepFor = (jail: Jail, path: string, text: string): void => {
  writeFileSync(jail.path(path), text, { mode: 0o600 })
  chmodSync(jail.path(path), 0o600)
}
