import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { exit } from '../../../lib/contract/failure.ts'
import { hostAt, type Host } from '../../../lib/host/host.ts'
import type { Probe } from '../../../lib/net/probe.ts'
import type { HealthCheck } from '../../../lib/engine/steps/daemon.ts'
import type { ServiceStep } from '../../../lib/engine/steps/step.ts'
import { mendNow } from '../../../lib/engine/steps/file.ts'
import * as service from '../../../lib/engine/steps/service.ts'
import { withStart } from '../../../lib/engine/record/noting.ts'
import { nextReadings, readingOf } from '../../../lib/engine/record/reader.ts'
import { readingsStep } from '../../../lib/engine/record/readings.ts'
import { paths } from '../../../lib/contract/paths.ts'
import { synapseDaemon } from '../../../lib/services/synapse/daemon.ts'
import { at, machine, mended } from '../../small/host-in.ts'
import { rejection } from '../../small/refusal.ts'
import { until } from '../../support/until.ts'

const { mend, stop } = service

const drift = async (what: ServiceStep, host: Host) =>
  (await service.drift(what, host))?.reason

const [yaml, crt] = ['/etc/homeserver.yaml', '/tls/crt']
const reads = [yaml, crt]

const step: ServiceStep = {
  kind: 'service',
  name: 'synapse',
  reads,
  pidFile: '/run/pid',
  log: '/log',
  explains: synapseDaemon.explains,
  forking: 1,
  checks: [],
  timeout: 20,
}

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Whether a process has ended; it may still be a zombie. */
const hasEnded = (pid: string): boolean =>
  /^(Z.*)?\s*$/.test(
    String(spawnSync('ps', ['-o', 'stat=', '-p', pid.trim()]).stdout),
  )

interface Behaviour {
  /** What its start does, in sh(1), in the root. */
  start?: string
  stop?: string
}

const daemon =
  'sleep 600 </dev/null >/dev/null 2>&1 & ' +
  'echo $! >run/pid; echo $! >>run/pids'

/** A jail with a service(8) that knows one service with this behaviour. */
const jail = (
  t: Test,
  { start = daemon, stop = 'kill $(cat run/pid); rm run/pid' }: Behaviour = {},
): Host => {
  const root = mkdtempSync(join(tmpdir(), 'cook-service-'))
  t.teardown(() => {
    spawnSync('sh', ['-c', `kill -9 $(cat '${root}/run/pids')`])
    rmSync(root, { recursive: true })
  })
  for (const [path, text] of [
    ['etc/homeserver.yaml', 'x'],
    ['tls/crt', 'x'],
    ['run/pids', ''],
    ['calls', ''],
    ['log', 'old line\nFormerError: of the last time\n'],
  ] as const) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const script = `#!/bin/sh
    cd '${root}' || exit 9
    echo "$@" >>calls
    runs() { [ -e run/pid ] && kill -0 $(cat run/pid) 2>/dev/null; }
    case $2 in
      onestatus) runs ;;
      onestop) runs || { echo 'synapse not running?'; exit 1; }
        ${stop} ;;
      start) runs && { echo 'synapse already running?' >&2; exit 1; }
        ${start} ;;
    esac`
  writeFileSync(join(root, 'service'), script, { mode: 0o755 })
  return hostAt(root, { ...machine, path: `${root}:${machine.path}`, alive })
}

const calls = (host: Host): string[] =>
  readFileSync(at(host, '/calls'), 'utf8').trimEnd().split('\n')

/** As if it had been started at a time, in seconds from now. */
const startedAt = (host: Host, seconds: number): void => {
  const time = Date.now() / 1000 + seconds
  utimesSync(at(host, '/run/pid'), time, time)
}

/** Starts it, and notes that as a run does. */
const started = async (host: Host, what = step): Promise<void> => {
  const read = readingOf(host, what)
  const { logFrom } = await mend(what, host)
  await mendNow(readingsStep(withStart(host, what, read, logFrom)), host)
}

const running = async (t: Test, behaviour?: Behaviour): Promise<Host> => {
  const host = jail(t, behaviour)
  await started(host)
  return host
}

t.test('a service that does not run is started, once', async t => {
  const host = jail(t)
  t.equal(await drift(step, host), 'is not running')
  const start = await mend(step, host)
  t.match(start, { failed: false, output: [], taken: [] })
  t.equal(await drift({ ...step, reads: [] }, host), undefined)
  t.same(calls(host), ['synapse start', 'synapse onestatus'])
})

t.test('only the output and the log of this start are known', async t => {
  const host = jail(t, {
    start: `echo Starting; echo >&2; echo hm >&2; echo new >>log; ${daemon}`,
  })
  const { before, logFrom, output } = await mend(step, host)
  t.equal(before, undefined, 'there was no pid file')
  t.equal(host.textFrom(step.log, logFrom), 'new\n')
  t.same(output, ['Starting', 'hm'])
  rmSync(at(host, '/log'))
  t.equal((await mend(step, host)).logFrom, 0, 'no log yet')
  await stop(host, step)
  writeFileSync(at(host, step.pidFile), '')
  const stale = host.look(step.pidFile)?.mtimeMs
  t.equal((await mend(step, host)).before, stale, 'a stale pid file')
})

t.test('a running service is stopped before it is started', async t => {
  const host = await running(t)
  const old = host.text(step.pidFile)
  const { failed } = await mend(step, host)
  t.equal(failed, false)
  t.not(host.text(step.pidFile), old)
  t.same(calls(host).slice(-3), [
    'synapse onestatus',
    'synapse onestop',
    'synapse start',
  ])
})

t.test('a file that changed after the start is drift', async t => {
  const host = await running(t)
  t.equal(await drift(step, host), undefined)
  for (const path of reads) {
    appendFileSync(at(host, path), 'x')
    t.equal(await drift(step, host), `was started before ${path} changed`)
    await started(host)
    t.equal(
      await drift(step, host),
      undefined,
      'after one restart it does not drift',
    )
    t.equal(await drift(step, host), undefined)
  }
  appendFileSync(at(host, '/log'), 'x')
  t.equal(
    await drift(step, host),
    undefined,
    'the service only writes this file',
  )
})

const old = 1_000_000_000

/** Ways to change a file without a new mtime. */
const quietly: Readonly<Record<string, (host: Host, path: string) => void>> = {
  'written before the start, renamed after it': (host, path) =>
    renameSync(at(host, '/x'), at(host, path)),
  'copied with the time of a backup': (host, path) =>
    cpSync(at(host, '/x'), at(host, path), { preserveTimestamps: true }),
  'changed and given an old time': (host, path) => {
    appendFileSync(at(host, path), 'x')
    utimesSync(at(host, path), old, old)
  },
}

t.test('a file that has changed may have any mtime', async t => {
  for (const [what, change] of Object.entries(quietly)) {
    const host = jail(t)
    writeFileSync(at(host, '/x'), 'backup')
    utimesSync(at(host, '/x'), old, old)
    await started(host)
    t.equal(await drift(step, host), undefined)
    change(host, crt)
    t.match(host.look(crt), { mtimeMs: old * 1000 })
    t.equal(await drift(step, host), `was started before ${crt} changed`, what)
    await started(host)
    t.equal(await drift(step, host), undefined, what)
  }
})

t.test('a new mode, owner or time alone is not drift', async t => {
  const host = await running(t)
  for (const path of reads) {
    chmodSync(at(host, path), 0o600)
    utimesSync(at(host, path), old, old)
    t.equal(await drift(step, host), undefined)
  }
  await mended(host, stage =>
    stage.file(yaml, 'x', 0o644, { uid: undefined, gid: undefined }),
  )
  t.match(host.look(yaml), { mode: 0o644 })
  t.equal(await drift(step, host), undefined, 'mended')
})

t.test('what the pid file says of its age does not count', async t => {
  for (const seconds of [7200, -7200]) {
    const host = await running(t)
    startedAt(host, seconds)
    t.equal(await drift(step, host), undefined, 'nothing has changed')
    writeFileSync(at(host, crt), 'a new certificate')
    t.equal(await drift(step, host), `was started before ${crt} changed`)
  }
})

/** The same host with other ctimes, which nobody can set. */
const withCtime = (host: Host, of: (path: string) => number): Host => {
  const other = (stat: ReturnType<Host['look']>, path: string) =>
    stat && { ...stat, ctimeMs: of(path) }
  return {
    ...host,
    look: path => other(host.look(path), path),
    lookThrough: path => other(host.lookThrough(path), path),
  }
}

t.test('a file of the future causes one restart at most', async t => {
  const real = await running(t)
  const future = Date.now() + 86_400_000
  const host = withCtime(real, () => future)
  writeFileSync(at(host, crt), 'written while the clock was ahead')
  t.equal(await drift(step, host), `was started before ${crt} changed`)
  await started(host)
  t.equal(await drift(step, host), undefined)
  t.equal(await drift(step, host), undefined)
})

t.test('a ctime that comes late causes no restart', async t => {
  // As on nullfs(5) over UFS: it is set when somebody next looks.
  const real = await running(t)
  let now = Date.now()
  const host = withCtime(real, path => (path === step.pidFile ? 1 : (now += 5)))
  t.equal(await drift(step, host), undefined)
  t.equal(await drift(step, host), undefined)
})

/** As if somebody else had started it: rc(8) at boot, or by hand. */
const byOthers = async (host: Host): Promise<void> => {
  await stop(host, step)
  await host.run('service', [step.name, 'start'])
}

/** The notes of a run that does not touch the service. */
const seen = (host: Host): Promise<void> =>
  mendNow(readingsStep(nextReadings(host, [step])), host)

t.test('a process that others have started has read what is there', async t => {
  const host = { ...(await running(t)), live: true }
  await byOthers(host)
  t.equal(await drift(step, host), undefined, 'the files are still the same')
  startedAt(host, 7200)
  writeFileSync(at(host, crt), 'newer than that process')
  t.equal(await drift(step, host), `was started before ${crt} changed`)
  await seen(host)
  t.equal(
    await drift(step, host),
    `was started before ${crt} changed`,
    'a run that does not touch the service does not hide it',
  )
  await byOthers(host)
  t.equal(await drift(step, host), undefined)
})

t.test('nor does a touched pid file hide an old process', async t => {
  const host = { ...(await running(t)), live: true }
  writeFileSync(at(host, crt), 'newer than that process')
  await seen(host)
  startedAt(host, 7200)
  t.equal(await drift(step, host), `was started before ${crt} changed`)
})

t.test('files that changed before others started it are not drift', async t => {
  const real = { ...(await running(t)), live: true }
  writeFileSync(at(real, crt), 'older than the next process')
  await byOthers(real)
  const began = Date.now()
  const times = (file: number, pidFile: number): Host =>
    withCtime(real, path => (path === step.pidFile ? pidFile : file))
  const past = began - 60_000
  t.equal(await drift(step, times(past, began)), undefined)
  for (const [what, host] of [
    ['changed since', times(began + 60_000, began)],
    ['the clock was set forward since', times(past, past - 60_000)],
    ['the clock was set back since', times(began + 1, began + 7_200_000)],
  ] as const) {
    t.equal(await drift(step, host), `was started before ${crt} changed`, what)
  }
})

t.test('notes that cannot be read are as none', async t => {
  for (const text of ['', '{', 'null', '[]', '{"synapse":{"read":1}}']) {
    const host = await running(t)
    writeFileSync(at(host, paths.readings), text)
    const [first] = reads
    t.equal(await drift(step, host), `was started before ${first} changed`)
    await started(host)
    t.equal(await drift(step, host), undefined)
  }
})

t.test('a program that was installed again is drift', async t => {
  const host = jail(t)
  const [program, link] = ['/bin/python', '/bin/python3']
  mkdirSync(at(host, '/bin'))
  writeFileSync(at(host, program), 'abc')
  symlinkSync('python', at(host, link))
  utimesSync(at(host, program), old, old)
  const running = { ...step, programs: () => [link, '/lib/missing'] }
  await started(host, running)
  t.equal(await drift(running, host), undefined)
  chmodSync(at(host, program), 0o700)
  t.equal(await drift(running, host), undefined, 'its mode does not count')
  const next = at(host, '/bin/next')
  writeFileSync(next, 'xyz')
  utimesSync(next, old, old)
  renameSync(next, at(host, program))
  t.equal(await drift(running, host), `was started before ${link} changed`)
  await started(host, running)
  t.equal(await drift(running, host), undefined)
})

t.test('a change is seen in the moment when it happens', async t => {
  const host = await running(t)
  const result = { code: 0, stdout: '', stderr: '', late: false }
  const quick: Host = { ...host, run: async () => result }
  const missed: number[] = []
  for (let i = 0; i < 500; i++) {
    appendFileSync(at(host, yaml), 'x')
    if ((await drift(step, quick)) === undefined) {
      missed.push(i)
    }
  }
  t.same(missed, [])
})

t.test('a missing file is not drift', async t => {
  const host = await running(t)
  t.equal(await drift({ ...step, reads: ['/missing'] }, host), undefined)
})

t.test('a start that fails is reported with its output', async t => {
  const host = jail(t, { start: 'echo Starting; echo no >&2; exit 1' })
  const start = await mend(step, host)
  t.match(start, { failed: true, output: ['Starting', 'no'] })
})

t.test('if rc does not start it, its output is reported', async t => {
  const host = jail(t, { start: 'echo "Cannot start synapse."; exit 0' })
  const start = await mend(step, host)
  t.match(start, { failed: false, output: ['Cannot start synapse.'] })
  t.equal(await drift(step, host), 'is not running')
})

t.test('a service that others have just started has started', async t => {
  const host = jail(t, { start: `${daemon}; echo already >&2; exit 1` })
  t.match(await mend(step, host), { failed: false, output: ['already'] })
})

/** Listens on a free port of 127.0.0.1 until the test is over. */
const listening = async (t: Test) => {
  const server = createServer()
  const port = await new Promise<number>(resolve => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' ? (address?.port ?? 0) : 0)
    })
  })
  t.teardown(() => server.close())
  return { server, port }
}

const tcpAt = (at: Probe): HealthCheck => ({ kind: 'tcp', at })

t.test('a port that is in use before the start is noted', async t => {
  const { port } = await listening(t)
  const taken = { address: '127.0.0.1', port, tls: false }
  // 127.0.0.2 is another address of the same machine.
  const free = { address: '127.0.0.2', port, tls: false }
  const host = jail(t)
  const start = await mend({ ...step, checks: [free, taken].map(tcpAt) }, host)
  t.same(start.taken, [taken])
})

t.test('a listener that closes after its process is not noted', async t => {
  const { server, port } = await listening(t)
  const probes = [{ address: '127.0.0.1', port, tls: false }]
  const host = await running(t)
  const restarted = mend({ ...step, checks: probes.map(tcpAt) }, host)
  while (!calls(host).includes('synapse onestop')) {
    await sleep(10)
  }
  await sleep(300)
  server.close()
  t.same((await restarted).taken, [])
})

t.test('a service is stopped', async t => {
  const host = await running(t)
  const pid = host.text(step.pidFile) ?? ''
  await stop(host, step)
  t.equal(await drift(step, host), 'is not running')
  await until(() => hasEnded(pid))
  await stop(host, step)
})

t.test('a service that does not stop is not started again', async t => {
  const host = await running(t, { stop: 'echo it stays; exit 1' })
  const failed = {
    exit: exit.unavailable,
    message: 'synapse does not stop',
    details: ['it stays'],
  }
  t.match(await rejection(stop(host, step)), failed)
  t.match(await rejection(mend(step, host)), failed)
  t.equal(calls(host).filter(call => call === 'synapse start').length, 1)
})

t.test('a stop that does not return times out', async t => {
  const host = await running(t, { stop: 'echo Waiting; sleep 600' })
  const quick = { ...step, timeout: 1 }
  t.match(await rejection(stop(host, quick)), {
    exit: exit.unavailable,
    message:
      'synapse does not stop: ' +
      'service synapse onestop did not return within 1 s',
    details: ['Waiting'],
  })
})

const blocking = `
  echo Starting synapse.
  echo 'INFO: new' >>log
  sh -c 'echo $$ >>children; sleep 600; true'
  touch after`

t.test('a start that does not return times out, with its cause', async t => {
  const host = jail(t, { start: blocking })
  t.match(await rejection(mend({ ...step, timeout: 1 }, host)), {
    exit: exit.unavailable,
    message: 'service synapse start did not return within 1 s',
    details: ['Starting synapse.', 'INFO: new'],
  })
  const child = readFileSync(at(host, '/children'), 'utf8').trim()
  t.ok(hasEnded(child), 'none of its processes is left')
  t.notOk(existsSync(at(host, '/after')))
})

t.test('such an error includes the cause from the log', async t => {
  const host = jail(t, {
    start: `echo 'sqlite3.OperationalError: disk is full' >>log; sleep 600`,
  })
  t.match(await rejection(mend({ ...step, timeout: 1 }, host)), {
    message:
      'service synapse start did not return within 1 s: ' +
      'sqlite3.OperationalError: disk is full',
  })
})

t.test('a daemon stays alive after its start', async t => {
  const host = jail(t)
  await mend({ ...step, timeout: 1 }, host)
  const pid = Number(host.text(step.pidFile))
  await new Promise(resolve => setTimeout(resolve, 1200))
  t.ok(alive(pid))
  t.equal(await drift({ ...step, reads: [] }, host), undefined)
})

t.test('a service that runs when its start times out has started', async t => {
  const host = jail(t, {
    start: `setsid sleep 600 </dev/null >/dev/null 2>&1 &
      echo $! >run/pid; echo $! >>run/pids; sleep 600`,
  })
  t.match(await mend({ ...step, timeout: 1 }, host), { failed: false })
  t.ok(alive(Number(host.text(step.pidFile))))
})
