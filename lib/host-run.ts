import { spawn, spawnSync } from 'node:child_process'
import { exit } from './failure.ts'
import { failure } from './host-failure.ts'

export interface CommandResult {
  code: number
  stdout: string
  stderr: string
}

/** Running other programs, looked up in `path`. */
export const commander = (path: string) => {
  // Programs get nothing of cook's environment, in which the secrets are.
  const options = {
    env: { PATH: path, HOME: '/', SHELL: '/bin/sh' },
    cwd: '/',
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
     * @param limit in seconds, after which it is killed
     */
    run: (
      command: string,
      args: readonly string[],
      limit?: number,
    ): Promise<CommandResult> =>
      new Promise((resolve, reject) => {
        const child = spawn(command, args, {
          ...options,
          stdio: ['ignore', 'pipe', 'pipe'],
          ...(limit === undefined ? {} : { timeout: limit * 1000 }),
        })
        const output = { stdout: '', stderr: '' }
        child.stdout.on('data', data => (output.stdout += data))
        child.stderr.on('data', data => (output.stderr += data))
        child.on('error', error =>
          reject(failure(exit.unavailable, command, error)),
        )
        const end = (code: number | null) => {
          child.stdout.destroy()
          child.stderr.destroy()
          resolve({ code: code ?? 1, ...output })
        }
        child.on('exit', code => {
          // A daemon may keep the pipes open for as long as it lives.
          const late = setTimeout(end, 250, code)
          child.on('close', () => {
            clearTimeout(late)
            end(code)
          })
        })
      }),
  }
}
