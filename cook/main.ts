import { exit } from '../lib/contract/failure.ts'
import { standardOutputs } from '../lib/host/output.ts'
import { run } from './run.ts'
import { inputOf } from './terminal.ts'

// Set by build.mjs; undefined from source.
declare const BUILD_VERSION: string | undefined
declare const BUILD_COMMIT: string | undefined

const version = typeof BUILD_VERSION === 'undefined' ? '0.0.0' : BUILD_VERSION
const commit = typeof BUILD_COMMIT === 'undefined' ? 'source' : BUILD_COMMIT
const runtime = process.versions['bun']
  ? `bun ${process.versions['bun']}`
  : `node ${process.versions.node}`

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // A process that may not be signalled exists.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

const environment = { ...process.env }

// cook prints times in UTC. At the first Date, V8 determines the time zone of
// the system; without /etc/localtime it searches thousands of files. Bun does
// not, and setting a time zone would cost it half a millisecond.
if (process.versions['bun'] === undefined) {
  process.env['TZ'] = 'UTC'
}

// Whatever the caller's umask: parent directories are readable by everybody,
// and everything else gets its mode from its step.
process.umask(0o022)

const { out, err } = standardOutputs()

// Where a file may not grow further (ulimit -f) a signal would end cook before
// it can say so; with a handler write(2) fails with EFBIG.
process.on('SIGXFSZ', () => undefined)

// A question is written here. If the terminal is gone, there is no answer.
process.stderr.on('error', () => undefined)

// Until the run sets another: a run that does not finish has failed.
process.exitCode = exit.software

void run({
  argv: process.argv.slice(2),
  environment,
  machine: {
    euid: process.geteuid?.() ?? 0,
    pid: process.pid,
    // The PATH of jail(8) and of cron(8) lacks some of these directories.
    path: [environment['PATH'], '/sbin:/bin:/usr/sbin:/usr/bin']
      .filter(Boolean)
      .join(':'),
    alive,
  },
  streams: {
    out: out.write,
    err: err.write,
    isFull: out.isFull,
    terminal: process.stdout.isTTY === true,
  },
  written: async patience => {
    const ends = [out, err].map(each => each.settled(patience))
    return (await Promise.all(ends)).find(failure => failure)
  },
  input: () => inputOf(process.stdin, process.stderr, process),
  now: () => new Date(),
  version,
  build: `${commit}, ${runtime}`,
  program: process.execPath,
  become: (file, argv) => process.execve?.(file, argv, environment),
  ended: () =>
    new Promise(resolve => {
      // A second signal must not interrupt the stop of services.
      process.on('SIGTERM', () => resolve())
      process.on('SIGINT', () => resolve())
    }),
  crashed: () =>
    new Promise((_, reject) => {
      process.on('uncaughtException', reject)
      process.on('unhandledRejection', reject)
    }),
}).then(code => {
  process.exitCode = code
  // Unfinished work may wait forever, as may a reader that does not read.
  if (code === exit.software || out.isWaiting() || err.isWaiting()) {
    process.exit()
  }
})
