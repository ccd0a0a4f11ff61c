import { exit } from '../lib/contract/failure.ts'
import { run } from './run.ts'
import { inputOf } from './terminal.ts'

// Set by build.mjs; from source there is neither.
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
    // One that may not be signalled exists all the same.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

const environment = { ...process.env }

// cook tells the time in UTC. V8 looks for the machine's time zone at the first
// Date; in a jail without /etc/localtime that is a search of thousands of files.
// Bun does not, and setting a time zone would cost it half a millisecond.
if (process.versions['bun'] === undefined) {
  process.env['TZ'] = 'UTC'
}

// Whoever calls, folders on the way to cook's own are for everybody; what is
// not gets its mode from its step.
process.umask(0o022)

// Who reads the output may stop reading, as head(1) does: the work goes on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', () => undefined)
}

// Until the run says otherwise: one that does not come to its end has failed.
process.exitCode = exit.software

void run({
  argv: process.argv.slice(2),
  environment,
  machine: {
    euid: process.geteuid?.() ?? 0,
    pid: process.pid,
    // jail(8) and cron(8) leave out what the system's own tools are in.
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
      // A second one must not end what the first has begun: stopping services.
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
    // What was under way may wait forever for what does not come any more.
    const { stdout, stderr } = process
    stdout.write('', () => stderr.write('', () => process.exit()))
  }
})
