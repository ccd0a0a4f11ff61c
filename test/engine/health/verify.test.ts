import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Host } from '../../../lib/host/host.ts'
import { paths } from '../../../lib/contract/paths.ts'
import type { Start } from '../../../lib/engine/health/cause.ts'
import { verify, type Health } from '../../../lib/engine/health/verify.ts'
import {
  free,
  listening,
  listeningSecurely,
  ok,
  silent,
} from '../../support/listening.ts'
import { mostly, timeOf } from '../../support/promptly.ts'
import {
  aDeadPid,
  aProcess,
  hostWith,
  remove,
  serviceStep,
  write,
} from '../../small/service-step.ts'

t.jobs = 6

const started = (more: Partial<Start> = {}): Start => ({
  failed: false,
  output: [],
  logFrom: 0,
  before: 1e12,
  taken: [],
  ...more,
})

/** What came of it, how long that took, and how long it may have taken. */
const timed = async (health: () => Promise<Health>) => {
  const begun = performance.now()
  let result: Health = { healthy: true }
  const lived = await timeOf(async () => (result = await health()))
  return { result, ms: performance.now() - begun, lived }
}

const causeOf = (health: Health): string => (health.healthy ? '' : health.cause)

const old = ({ root }: Host, path: string): void =>
  utimesSync(join(root, path), 1e9, 1e9)

t.test('healthy: each listener answers and the process is alive', async t => {
  const { pid } = await aProcess(t)
  const host = hostWith(t, { [paths.pidFile]: `${pid}\n` })
  const probes = [await listening(t, ok), await listeningSecurely(t, ok)]
  for (const [each, start] of [
    [probes, undefined],
    [probes, started()],
    [[], undefined],
  ] as const) {
    const step = serviceStep(each)
    const { result, lived } = await timed(() => verify(host, step, start))
    t.same(result, { healthy: true })
    t.ok(lived < 4000, `${lived} ms`)
  }
})

t.test('a listener that does not answer: not healthy', async t => {
  const { pid } = await aProcess(t)
  const host = hostWith(t, { [paths.pidFile]: String(pid) })
  const busy = await listening(t, (_, response) => {
    response.writeHead(503).end()
  })
  for (const [probe, told] of [
    [busy, /^synapse is not healthy after 1 s \(http:.*\/health: .* 503\)$/],
    [await free(), /\/health: connect ECONNREFUSED/],
    [
      await listening(t, silent),
      /^synapse is not healthy after 1 s \(.*\/health: no answer\)$/,
    ],
  ] as const) {
    const step = serviceStep([await listening(t, ok), probe], { timeout: 1 })
    const { result, ms, lived } = await timed(() =>
      verify(host, step, undefined),
    )
    t.match(causeOf(result), told)
    t.ok(ms >= 1000 && lived < 4000, `${ms} ms, ${lived} ms`)
  }
})

t.test('its death is noticed even if a listener never answers', async t => {
  for (const leave of [true, false]) {
    const { pid, end } = await aProcess(t)
    const host = hostWith(t, {
      [paths.synapseLog]: 'INFO: starting\nOSError: disk is gone\n',
    })
    write(host, paths.pidFile, String(pid))
    const answers = await listening(t, ok)
    const step = serviceStep([answers, await listening(t, silent)])
    const before = started()
    const health = timed(() => verify(host, step, before))
    await sleep(300)
    await end()
    if (!leave) {
      remove(host, paths.pidFile)
    }
    const { result, lived } = await health
    t.equal(causeOf(result), 'synapse has died: OSError: disk is gone')
    t.ok(lived < 4000, `${lived} ms, with its pid file: ${leave}`)
  }
})

t.test('a pid file from before the start is ignored', async t => {
  const another = await aDeadPid(t)
  for (const text of [String(another), '', 'garbage', '-1', '0', '12 13']) {
    const host = hostWith(t, { [paths.pidFile]: text })
    old(host, paths.pidFile)
    const { pid } = await aProcess(t)
    const probe = await free()
    const health = verify(host, serviceStep([probe]), started())
    await sleep(200)
    // Like a daemon: it empties the file, forks, and writes its pid.
    write(host, paths.pidFile, '')
    await sleep(100)
    write(host, paths.pidFile, String(pid))
    await sleep(50)
    await listening(t, ok, probe)
    t.same(await health, { healthy: true }, text)
  }
})

t.test('a daemon that never writes its pid counts as dead', async t => {
  const texts = [undefined, '', String(await aDeadPid(t))]
  const each = async (text: string | undefined): Promise<void> => {
    const host = hostWith(t)
    if (text !== undefined) {
      write(host, paths.pidFile, text)
      old(host, paths.pidFile)
    }
    const step = serviceStep([await free()])
    const { result, ms, lived } = await timed(() =>
      verify(host, step, started()),
    )
    t.equal(causeOf(result), 'synapse has died')
    t.ok(ms > 9900 && lived < 20_000, `${ms} ms, ${lived} ms`)
  }
  await Promise.all(texts.map(each))
})

t.test('the death of a running process is reported at once', async t => {
  const host = hostWith(t, { [paths.pidFile]: String(await aDeadPid(t)) })
  const step = serviceStep([await listening(t, ok)])
  const { result, lived } = await timed(() => verify(host, step, undefined))
  t.equal(causeOf(result), 'synapse has died')
  t.ok(lived < 4000, `${lived} ms`)
})

t.test('a stopped service has not died; old errors are ignored', async t => {
  const host = hostWith(t)
  const step = serviceStep([await free()])
  const lines = ['OSError: long ago', ...Array(30).fill('INFO: stopped')]
  write(host, step.log, `${lines.join('\n')}\n`)
  const { result } = await timed(() => verify(host, step, undefined))
  t.equal(causeOf(result), 'synapse is not running')
})

t.test('the cause of a failed start is in its output', async t => {
  const host = hostWith(t)
  const output = ['Starting synapse.', 'KeyError: 5: no', 'failed to start']
  const step = serviceStep([await free()])
  const start = started({ failed: true, output })
  const { result, lived } = await timed(() => verify(host, step, start))
  t.same(result, {
    healthy: false,
    cause: 'synapse has died: KeyError: 5: no',
    log: output,
  })
  t.ok(lived < 1500, `${lived} ms`)
})

t.test('a 200 from another program does not count', async t => {
  for (const isKnown of [true, false]) {
    const { pid } = await aProcess(t)
    const host = hostWith(t)
    const born = () => write(host, paths.pidFile, String(pid))
    const probe = await listening(t, (_, response) => {
      response.end('OK')
      // The process comes after its answer.
      isKnown || setTimeout(born, 1000)
    })
    isKnown && born()
    const step = serviceStep([probe], { timeout: 3 })
    const start = started({ taken: isKnown ? [probe] : [] })
    t.equal(
      causeOf(await verify(host, step, start)),
      'synapse is not healthy after 3 s: ' +
        `127.0.0.1:${probe.port} was in use before the start`,
      isKnown ? 'there before the start' : 'there before the process',
    )
  }
})

t.test('health is noticed within 100 ms', { jobs: 1 }, async t => {
  const { pid } = await aProcess(t)
  const host = hostWith(t, { [paths.pidFile]: String(pid) })
  const after: number[] = []
  for (let tries = 0; tries < 5; tries++) {
    const probes = [await listening(t, ok), await free()]
    const health = verify(host, serviceStep(probes), undefined)
    await sleep(100)
    await listening(t, ok, probes[1])
    after.push(await timeOf(() => health))
    t.same(await health, { healthy: true })
  }
  t.ok(mostly(after) < 100, `${mostly(after)} ms`)
})

t.test('a signal ends the wait', async t => {
  const { pid } = await aProcess(t)
  const host = hostWith(t, { [paths.pidFile]: String(pid) })
  const ending = new AbortController()
  const step = serviceStep([await listening(t, silent)])
  setTimeout(() => ending.abort(), 100)
  const { result, lived } = await timed(() =>
    verify(host, step, undefined, ending.signal),
  )
  t.match(causeOf(result), /^synapse is not healthy yet/)
  t.ok(lived < 1500, `${lived} ms`)
})

for (const [what, put] of [
  ['a directory', (path: string) => mkdirSync(path)],
  ['a link', (path: string) => symlinkSync('/etc/passwd', path)],
  ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
] as const) {
  t.test(`${what} in place of its files does not end the run`, async t => {
    const files = [paths.pidFile, paths.synapseLog]
    const host = hostWith(
      t,
      Object.fromEntries(files.map(path => [`${path}.other`, '1'])),
    )
    files.forEach(path => put(join(host.root, path)))
    const health = await verify(host, serviceStep([]), started())
    t.same(health, { healthy: false, cause: 'synapse has died', log: [] })
  })
}
