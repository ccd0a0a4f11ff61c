import { spawn, spawnSync } from 'node:child_process'
import { exit } from '../contract/failure.ts'
import { failure } from './failure.ts'

export interface CommandResult {
  /** Undefined when a signal ended it. */
  code: number | undefined
  stdout: string
  stderr: string
  /** Whether it was killed because its time was over. */
  late: boolean
}

// How long output is waited for after the end of a program, in milliseconds:
// a daemon that it left behind may keep the pipes open for as long as it lives.
const outliving = 250

// In seconds. What is known to take longer has its own limit.
const usual = 60

const pipes = ['stdout', 'stderr'] as const

// In characters. Nobody reads more, and a program may print without end.
const most = 256 * 1024

const endOf = (text: string): string =>
  text.length > 2 * most ? text.slice(-most) : text

/** Running other programs, looked up in `path`. */
export const commander = (path: string) => {
  // Programs get nothing of cook's environment, in which the secrets are.
  const options = {
    env: { PATH: path, HOME: '/', SHELL: '/bin/sh' },
    cwd: '/',
  }

  // By session and not by process group: FreeBSD's su(1) gives what it starts
  // a group of its own. Twice, since one may start another just then; a daemon
  // that has made itself a session is none of them any more.
  const killSession = (pid: number): void => {
    for (const _ of [1, 2]) {
      spawnSync('pkill', ['-KILL', '-s', `${pid}`], options)
    }
  }

  return {
    /** Runs a short program at once, for taking something back. */
    runNow: (command: string, args: readonly string[]): void => {
      const { status, error } = spawnSync(command, args, options)
      if (status !== 0) {
        throw failure(exit.cantCreate, command, error ?? `exit ${status}`)
      }
    },

    /**
     * Runs a program to its end.
     * @param limit in seconds, after which it is killed with all that it has
     *   started and that still belongs to it
     * @returns of what it printed the end, if it is much
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
          // Makes it the head of a session.
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
        // Where no file descriptor is left for them, there is an error instead.
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
