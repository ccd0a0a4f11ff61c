import { exit } from '../lib/contract/failure.ts'
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

// The reader of the output may stop, as head(1) does: the run goes on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', () => undefined)
}

// Until the run sets another: a run that does not finish has failed.
process.exitCode = exit.software

void run({
  argv: process.argv.slice(2),
  environment,
  machine: {
    euid: process.geteuid?.() ?? 0,
    pid: process.pid,
    platform: process.platform,
    // The PATH of jail(8) and of cron(8) lacks some of these directories.
    path: [environment['PATH'], '/sbin:/bin:/usr/sbin:/usr/bin']
      .filter(Boolean)
      .join(':'),
    alive,
  },
  streams: {
    out: text => void process.stdout.write(text),
    err: text => void process.stderr.write(text),
    terminal: process.stdout.isTTY === true,
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
  if (code === exit.software) {
    // Unfinished work may wait forever.
    const { stdout, stderr } = process
    stdout.write('', () => stderr.write('', () => process.exit()))
  }
})
