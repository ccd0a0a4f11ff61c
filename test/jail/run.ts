// Commands in a jail, by nsenter(1).

import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Options {
  /** The complete environment; by default root's PATH and HOME. */
  env?: Record<string, string>
  input?: string
  user?: string
  /** Milliseconds, after which the command is killed. */
  timeout?: number
  /** Only in the jail's network: a program and files of the machine. */
  host?: boolean
}

export interface Done {
  code: number
  signal: string | null
  stdout: string
  stderr: string
}

export interface Runner {
  spawn(argv: string[], options?: Options): ChildProcess
  exec(argv: string[], options?: Options): Promise<Done>
}

const rootEnv = {
  HOME: '/root',
  PATH: '/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin',
}

const inside = ['--mount', '--pid', '--net', '--uts', '--ipc']

export const runner = (pid: number): Runner => {
  const start = (argv: string[], o: Options = {}) => {
    const as = o.user
      ? [`--reuid=${o.user}`, `--regid=${o.user}`, '--init-groups']
      : []
    // env -i, because tap adds variables to every program that a test starts.
    // The command is not nsenter itself but its child, which dies with it.
    const child = spawn('/usr/bin/nsenter', [
      `--target=${pid}`,
      ...(o.host ? ['--net'] : inside),
      '--',
      ...(o.host ? [] : ['/usr/bin/setpriv', '--pdeathsig=KILL', ...as, '--']),
      '/usr/bin/env',
      '-i',
      ...Object.entries(o.env ?? rootEnv).map(([name, it]) => `${name}=${it}`),
      ...argv,
    ])
    if (!o.host) child.kill = signal => killInner(child, signal)
    child.stdin.on('error', () => {}) // it may not read what it is given
    if (o.input !== undefined) child.stdin.end(o.input)
    return child
  }

  const exec = (argv: string[], o: Options = {}) =>
    new Promise<Done>((resolve, reject) => {
      const child = start(argv, { input: '', ...o })
      const timer = o.timeout
        ? setTimeout(() => child.kill('SIGKILL'), o.timeout)
        : undefined
      let stdout = ''
      let stderr = ''
      child.stdout.setEncoding('utf8').on('data', text => (stdout += text))
      child.stderr.setEncoding('utf8').on('data', text => (stderr += text))
      child.once('error', reject)
      child.once('exit', (code, signal) => {
        clearTimeout(timer)
        const done = () => resolve({ code: code ?? -1, signal, stdout, stderr })
        // A daemon of the command may keep the pipes open.
        const held = setTimeout(done, 250)
        child.once('close', () => {
          clearTimeout(held)
          done()
        })
      })
    })

  return { spawn: start, exec }
}

const killInner = (child: ChildProcess, signal?: NodeJS.Signals | number) => {
  try {
    const file = `/proc/${child.pid}/task/${child.pid}/children`
    const [inner] = readFileSync(file, 'utf8').split(' ')
    return process.kill(Number(inner) || child.pid!, signal ?? 'SIGTERM')
  } catch {
    return false // it has ended
  }
}
