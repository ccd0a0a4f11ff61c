import t from 'tap'
import { paths } from '../../../lib/contract/paths.ts'
import type { Daemon } from '../../../lib/engine/steps/daemon.ts'
import { sshd } from '../../../lib/services/sshd/index.ts'
import { synapseDaemon } from '../../../lib/services/synapse/daemon.ts'
import {
  causeIn,
  unhealthy,
  type Start,
} from '../../../lib/engine/health/cause.ts'
import { verify } from '../../../lib/engine/health/verify.ts'
import { listening, ok } from '../../support/listening.ts'
import { effortOf } from '../../support/promptly.ts'
import { aProcess, hostWith, serviceStep } from '../../small/service-step.ts'

const bind =
  'twisted.internet.error.CannotListenError: ' +
  "Couldn't listen on 10.0.0.1:8008: [Errno 98] Address already in use."

t.test('the line with the cause is found', async t => {
  for (const [lines, cause] of [
    [[], undefined],
    [['Starting.', 'INFO: ready'], undefined],
    [['Traceback', 'OSError: disk is gone', 'bye'], 'OSError: disk is gone'],
    [['KeyError: 1: a', 'ValueError: 2: b'], 'ValueError: 2: b'],
    [[bind, 'SystemExit', 'RuntimeError: later: x'], bind],
    [['  a.b.SomeException: why'], undefined],
    [['a.b.SomeException: why '], 'a.b.SomeException: why'],
    [['Errors: none of them'], undefined],
  ] as const) {
    t.equal(causeIn(lines, synapseDaemon.explains), cause, lines.join('|'))
  }
})

const log = Array.from({ length: 30 }, (_, n) => `line ${n}`).join('\n')
const probe = { address: '10.0.0.1', port: 8008, tls: true }
const start = {
  failed: false,
  before: undefined,
  logFrom: 0,
  output: [],
  taken: [],
}

t.test('the last lines of the log since the start are shown', async t => {
  const host = hostWith(t, { [paths.synapseLog]: `${log}\n\n` })
  const of = (logFrom: number) =>
    unhealthy(host, serviceStep([]), { ...start, logFrom }, 'it is not well')
  t.equal(of(0).log.length, 20)
  t.equal(of(0).log.at(-1), 'line 29')
  t.same(of(log.length - 7).log, ['line 29'])
  t.same(of(log.length + 1).log, [])
  t.same(of(log.length + 100).log.length, 20, 'a log that was rotated')
})

t.test('the cause comes from the best source', async t => {
  const step = serviceStep([])
  const said = ["Cannot 'start' synapse.", 'Set synapse_enable.']
  const taken = '10.0.0.1:8008 was in use before the start'
  const cases: [string, Partial<Start> | undefined, string | RegExp][] = [
    ['', undefined, 'it is not well'],
    ['', { taken: [probe] }, taken],
    ['', { output: said }, /: Set synapse_enable\.$/],
    ['', { output: [...said, 'Starting synapse.'] }, /: Set synapse_enable\.$/],
    ['', { output: ['Starting synapse.'] }, /^it is not well$/],
    ['', { output: said, taken: [probe] }, taken],
    [`${bind}\n`, { output: said, taken: [probe] }, bind],
    ['', { output: ['OSError: a', ...said] }, 'OSError: a'],
  ]
  for (const [text, more, cause] of cases) {
    const host = hostWith(t, { [paths.synapseLog]: text })
    const known = more && { ...start, ...more }
    t.match(unhealthy(host, step, known, 'it is not well').cause, cause)
  }
})

const begins =
  '2026 - root - 377 - WARNING - main - ***** STARTING SERVER *****'

t.test('an error of an earlier start is not the cause', async t => {
  const step = serviceStep([])
  const old = 'OSError: of the time before\n'
  const causeOf = (text: string, logFrom?: number): string => {
    const host = hostWith(t, { [paths.synapseLog]: text })
    const known = logFrom === undefined ? undefined : { logFrom }
    return unhealthy(host, step, known, 'it has died').cause
  }
  t.equal(causeOf(`${old}${begins}\nINFO: up\n`), 'it has died')
  t.equal(
    causeOf(`${old}${begins}\nKeyError: 5: x\n`),
    'it has died: KeyError: 5: x',
  )
  t.equal(causeOf(`${old}INFO: up\n`, old.length), 'it has died')
  t.equal(
    causeOf(`${old}KeyError: 5: x\n`, old.length),
    'it has died: KeyError: 5: x',
  )
  const host = hostWith(t, { [paths.synapseLog]: `${old}INFO: up\n` })
  t.same(
    unhealthy(host, step, { logFrom: old.length }, 'it has died').log,
    [old.trim(), 'INFO: up'],
    'the lines before it are shown',
  )
})

// As the base system's rc.d/sshd prints, at the first start and later.
const keys = [
  'Generating RSA host key.',
  '3072 SHA256:0123456789abcdefghijklmnopqrstuvwxyzABCDEF0 root@matrix (RSA)',
  'Generating ED25519 host key.',
  '256 SHA256:0123456789abcdefghijklmnopqrstuvwxyzABCDEF1 root@matrix (ED25519)',
]
const sanity = 'Performing sanity check on sshd configuration.'
const failedCheck = '/etc/rc.d/sshd: WARNING: failed precmd routine for sshd'

t.test('what rc prints at each start is not the cause', async t => {
  const host = hostWith(t, {})
  const of = (daemon: Daemon | undefined, output: string[]): string =>
    unhealthy(host, daemon!, { ...start, output }, 'it has died').cause
  const { daemon } = sshd
  for (const output of [
    [sanity],
    [sanity, 'Starting sshd.'],
    [...keys, sanity, 'Starting sshd.'],
  ]) {
    t.equal(of(daemon, output), 'it has died', output.join('|'))
  }
  const why = '/etc/ssh/sshd_config line 3: Deprecated'
  t.equal(of(daemon, [...keys, sanity, why]), `it has died: ${why}`)
  t.equal(of(daemon, [sanity, why, failedCheck]), `it has died: ${why}`)
  t.equal(of(daemon, [sanity, failedCheck]), `it has died: ${failedCheck}`)
  t.equal(of(synapseDaemon, [sanity]), `it has died: ${sanity}`)
})

t.test('the clock may be changed while verify waits', async t => {
  const real = Date.now
  t.teardown(() => (Date.now = real))
  for (const jump of [1e9, -1e9]) {
    const { pid } = await aProcess(t)
    const host = hostWith(t, { [paths.pidFile]: String(pid) })
    let ready = false
    const listener = await listening(t, (request, response) => {
      ready ? ok(request, response) : response.writeHead(503).end()
    })
    const health = verify(host, serviceStep([listener], { timeout: 5 }), {
      ...start,
    })
    await new Promise(resolve => setTimeout(resolve, 200))
    Date.now = () => real() + jump
    await new Promise(resolve => setTimeout(resolve, 300))
    ready = true
    t.same(await health, { healthy: true })
    Date.now = real
  }
})

t.test('a long line of the log takes no time', async t => {
  const line = 'Error.'.repeat(11_000)
  const { explains } = synapseDaemon
  const took = effortOf(() =>
    t.equal(causeIn(['OSError: no', line], explains), 'OSError: no'),
  )
  t.ok(took < 300, `${took} ms`)
})
