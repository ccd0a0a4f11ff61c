import { spawn, spawnSync } from 'node:child_process'
import { exit } from '../../contract/failure.ts'
import { failure } from '../failure.ts'

export interface CommandResult {
  /** Undefined if a signal ended it. */
  code: number | undefined
  stdout: string
  stderr: string
  /** Whether it was killed because it exceeded its time limit. */
  late: boolean
}

// How long to wait for output after a program has ended, in milliseconds: a
// daemon that it started may keep the pipes open as long as it runs.
const outliving = 250

// In seconds. Programs that take longer have their own limit.
const usual = 60

const pipes = ['stdout', 'stderr'] as const

// In characters. A program may print without end.
const most = 256 * 1024

const endOf = (text: string): string =>
  text.length > 2 * most ? text.slice(-most) : text

/** Runs other programs, looked up in `path`. */
export const commander = (path: string) => {
  // Programs do not get cook's environment: it contains secrets.
  const options = {
    env: { PATH: path, HOME: '/', SHELL: '/bin/sh' },
    cwd: '/',
  }

  // By session and not by process group: FreeBSD's su(1) makes a new group for
  // its command. Twice, since a process may fork at that moment. A daemon has
  // a session of its own and is not killed.
  const killSession = (pid: number): void => {
    for (const _ of [1, 2]) {
      spawnSync('pkill', ['-KILL', '-s', `${pid}`], options)
    }
  }

  return {
    /** Runs a short program and waits for it, for use in a roll-back. */
    runNow: (command: string, args: readonly string[]): void => {
      const { status, error } = spawnSync(command, args, {
        ...options,
        // Nobody reads what it prints, however much that is.
        stdio: 'ignore',
        timeout: usual * 1000,
        killSignal: 'SIGKILL',
      })
      if (status !== 0) {
        throw failure(exit.cantCreate, command, error ?? `exit ${status}`)
      }
    },

    /**
     * Runs a program and waits for its end.
     * @param limit in seconds; then the program and its session are killed
     * @returns its output, or only the end if that is long
     */
    run: (
      command: string,
      args: readonly string[],
      limit = usual,
    ): Promise<CommandResult> =>
      new Promise<CommandResult>((resolve, reject) => {
        const child = spawn(command, args, {
          ...options,
          stdio: ['ignore', 'pipe', 'pipe'],
          // Makes it a session leader.
          detached: true,
        })
        let late = false
        const kill = (): void => {
          late = true
          child.pid === undefined || killSession(child.pid)
          child.kill('SIGKILL')
        }
        const timer = setTimeout(kill, limit * 1000)
        const output = { stdout: '', stderr: '' }
        child.on('error', error => {
          clearTimeout(timer)
          reject(error)
        })
        // Without free file descriptors the pipes are missing, and an error
        // follows.
        for (const pipe of pipes) {
          child[pipe]?.setEncoding('utf8').on('data', text => {
            output[pipe] = endOf(output[pipe] + text)
          })
        }
        const end = (code: number | null) => {
          pipes.forEach(pipe => child[pipe]?.destroy())
          resolve({ code: code ?? undefined, ...output, late })
        }
        child.on('exit', code => {
          clearTimeout(timer)
          const waiting = setTimeout(end, outliving, code)
          child.on('close', () => {
            clearTimeout(waiting)
            end(code)
          })
        })
      }).catch(error => {
        throw failure(exit.unavailable, command, error)
      }),
  }
}
