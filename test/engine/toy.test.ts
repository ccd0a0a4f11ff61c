// A service that the engine has never heard of works like all others.

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { Failure } from '../../lib/contract/failure.ts'
import { paths } from '../../lib/contract/paths.ts'
import type { Fault } from '../../lib/contract/report.ts'
import type { Context } from '../../lib/engine/context.ts'
import { confirm } from '../../lib/engine/serve.ts'
import { statusOf } from '../../lib/engine/health/status.ts'
import type { Host } from '../../lib/host/host.ts'
import { params, required } from '../small/given.ts'
import { at } from '../small/host-in.ts'
import { alive } from '../small/service-step.ts'
import { free, listening, listeningSecurely, ok } from '../support/listening.ts'
import { stranger, whyNoStranger } from '../support/stranger.ts'
import { places } from './toy/index.ts'
import { cook, dyingAt, ready } from './toy/cook.ts'
import { callsOf, contextOf } from './toy/jail.ts'

t.jobs = 4

const people = 'root:*:0:0:\nnobody:*:65534:65534:\n'

const told = async (context: Context): Promise<string> => {
  const [toy] = await statusOf(context)
  return toy?.health.healthy === false ? toy.health.cause : 'healthy'
}

t.test(
  'what a stranger answers is not its health',
  { skip: whyNoStranger },
  async t => {
    const { host, toy } = await ready(t)
    writeFileSync(at(host, '/etc/passwd'), people)
    t.equal((await cook(host, toy)).failure, undefined)
    // Its new port is in its file, and in the record, but it has not read it.
    const where = { host: '127.0.0.1', port: 0 }
    const { port, heard } = await stranger(t, where)
    const { context, failure } = await cook(host, { ...toy, port }, false)
    t.equal(failure, undefined)
    t.match(await told(context), new RegExp(`:${port}/ready: belongs to the u`))
    t.match(await told(context), /the user nobody, not to root: stop the proc/)
    const restarted = await cook(host, { ...toy, port })
    t.match(restarted.failure?.message, /^toy has died|^toy is not healthy/)
    t.equal(heard(), '')
    t.equal((await cook(host, toy)).failure, undefined)
    t.equal(await told(context), 'healthy')
  },
)

t.test('a service says whose its sockets are', async t => {
  const { host, toy } = await ready(t, { holders: ['nobody'] })
  writeFileSync(at(host, '/etc/passwd'), people)
  const { failure } = await cook(host, toy)
  t.match(failure?.message, /belongs to the user root, not to nobody/)
  const { holders: _, ...roots } = toy
  t.equal((await cook(host, roots)).failure, undefined)
})

const read = (host: Host, path: string): string =>
  readFileSync(at(host, path), 'utf8')

t.test('it is planned, created and started, and then left alone', async t => {
  const { host, toy } = await ready(t)
  const calls = callsOf(host)
  const first = await cook(host, toy)
  t.equal(first.failure, undefined)
  t.match(first.found, [
    `dir ${paths.stateDir} is missing`,
    'dir /usr/local/etc/toy is missing',
    `file ${places.config} is missing`,
    `line ${places.shared} does not begin with use toy`,
    'rcvar toy_enable is not YES',
    'service toy is not running',
    /^dir .* is missing$/,
    /^file .* is missing$/,
    /^file .* is missing$/,
    `file ${paths.record} is missing`,
  ])
  t.match(first.told, /toy is healthy after .* s: http:\/\/127\.0\.0\.1:\d+/)
  t.same(first.hidden, ['healthy'])
  t.match(calls(), [/^check /, 'toy start'])
  const pid = read(host, places.pidFile)
  const second = await cook(host, toy)
  t.same(second.found, [])
  t.equal(second.failure, undefined)
  t.equal(read(host, places.pidFile), pid)
  t.equal(host.look(paths.intent), undefined)
})

t.test('status checks it where the record says', async t => {
  const { host, toy } = await ready(t)
  const { context } = await cook(host, toy)
  const where = [`http://127.0.0.1:${toy.port}`]
  t.same(await statusOf(context), [
    { name: 'toy', health: { healthy: true }, notices: [], where },
  ])
  const pid = Number(read(host, places.pidFile))
  process.kill(pid, 'SIGKILL')
  while (alive(pid)) {
    await new Promise(setImmediate)
  }
  writeFileSync(at(host, places.log), 'toy broke: no batteries\n')
  t.match(await statusOf(context), [
    { health: { healthy: false, cause: /toy has died: toy broke: no batt/ } },
  ])
})

t.test('each kind of check works', async t => {
  const { port } = await listening(t, ok)
  const at = { address: '127.0.0.1', port, tls: false }
  const closed = { ...at, port: (await free()).port }
  const secure = await listeningSecurely(t, ok)
  for (const [checks, cause] of [
    [[{ kind: 'tcp', at }], undefined],
    [[{ kind: 'tcp', at: closed }], /:\d+: does not accept connections/],
    [[{ kind: 'exit', argv: ['true'] }], undefined],
    [
      [{ kind: 'exit', argv: ['sh', '-c', 'echo no luck; exit 3'] }],
      /\(sh -c echo no luck; exit 3: exit 3, no luck\)/,
    ],
    [[{ kind: 'tls', at: secure }], undefined],
    [[{ kind: 'tls', at }], /127\.0\.0\.1:\d+: .*(wrong version|EPROTO)/],
    [[{ kind: 'ssh', at }], /127\.0\.0\.1:\d+: does not answer/],
    [
      [
        { kind: 'http', at, path: '/' },
        { kind: 'tcp', at: closed },
      ],
      /does not accept connections/,
    ],
  ] as const) {
    const { host, toy } = await ready(t)
    t.equal((await cook(host, toy)).failure, undefined)
    // It runs; what the checks ask for is another matter.
    const { context } = contextOf(host, { ...toy, checks })
    const { steps } = context.services[0]!
    const step = steps(params(required), { ...toy, checks }).at(-1)
    const step1 = step?.kind === 'service' ? { ...step, timeout: 3 } : undefined
    const confirmed = confirm([step1!], context)
    cause === undefined
      ? await t.resolves(confirmed)
      : await t.rejects(confirmed, { exit: 69, message: cause })
  }
})

t.test('its own check refuses a configuration before any change', async t => {
  const { host, toy } = await ready(t)
  await cook(host, toy)
  const before = read(host, places.config)
  const record = read(host, paths.record)
  const { failure } = await cook(host, { ...toy, mode: 'wrong' })
  t.match(failure, {
    exit: 78,
    message: 'toy refuses its configuration: nothing was changed',
    details: ['line 2: wrong'],
  })
  t.equal(read(host, places.config), before)
  t.equal(read(host, paths.record), record)
  t.equal(host.look(paths.intent), undefined)
})

t.test('files with which it dies are rolled back', async t => {
  const { host, toy } = await ready(t)
  await cook(host, toy)
  const before = read(host, places.config)
  const { failure } = await cook(host, { ...toy, mode: 'die' })
  t.match(failure?.message, /^toy has died: toy broke: its mode says so/)
  t.match(failure?.message, /the previous files were restored, and it is heal/)
  t.equal(read(host, places.config), before)
  t.ok(host.look(paths.intent), 'the intent stays')
  t.same((await cook(host, toy)).found, [
    `removal ${paths.intent} is left from an interrupted run`,
  ])
  t.same((await cook(host, toy)).found, [])
})

t.test(
  'without a record the previous files are not healthy unasked',
  async t => {
    const { host, toy } = await ready(t)
    await cook(host, toy)
    rmSync(at(host, paths.record))
    const { port } = await free()
    const { failure } = await cook(host, { ...toy, mode: 'die', port })
    t.match(
      failure?.message,
      /restored, but it is not healthy with them either/,
    )
  },
)

t.test('its server outside is probed once, when it starts', async t => {
  let asked = 0
  const outside = {
    ...{ what: 'toy shop', host: 'toys.example.com', port: 7 },
    ask: async () => {
      asked++
      throw new Error('is closed on Sundays')
    },
  }
  const { host, toy } = await ready(t, { outside: [outside] })
  const { told, failure } = await cook(host, toy)
  t.equal(failure, undefined)
  t.match(told, 'warning: the toy shop toys.example.com:7 is closed on Sundays')
  await cook(host, toy)
  t.equal(asked, 1)
})

/** What is left of the toy. */
const leftOf = (host: Host) => ({
  config: host.text(places.config),
  shared: host.text(places.shared),
  rc: host.text('/etc/rc.conf'),
  runs: alive(Number(host.textFrom(places.pidFile, 0)) || 0),
})

const clean = {
  config: undefined,
  shared: 'mine\n',
  rc: 'other_enable="YES"\n',
  runs: false,
}

t.test('a service that is not wanted any more is taken back', async t => {
  const { host, toy } = await ready(t)
  await cook(host, toy)
  const unwanted = { ...toy, wanted: false }
  const { found, failure, told } = await cook(host, unwanted)
  t.equal(failure, undefined)
  t.same(found, [
    `line ${places.shared} still contains use toy`,
    'rcvar toy_enable is no longer needed',
    'service toy is running',
    `removal ${places.config} is no longer needed`,
    `file ${paths.record} has different content`,
  ])
  t.match(told, 'toy is stopped')
  t.same(leftOf(host), clean)
  t.same((await cook(host, unwanted)).found, [], 'then nothing is left to do')
  t.equal((await cook(host, toy)).failure, undefined, 'it can be set up again')
})

t.test('what was set and enabled before cook is so again', async t => {
  const { host, toy } = await ready(t)
  for (const value of ['NO', 'yes']) {
    const rc = `toy_enable="${value}"\nother_enable="YES"\n`
    writeFileSync(at(host, '/etc/rc.conf'), rc)
    t.equal((await cook(host, toy)).failure, undefined)
    const { failure } = await cook(host, {
      ...toy,
      wanted: false,
      checks: [],
    })
    t.equal(failure, undefined)
    t.equal(read(host, '/etc/rc.conf'), rc)
    t.equal(leftOf(host).runs, value === 'yes')
  }
})

t.test('files that others have changed stay, with a warning', async t => {
  const { host, toy } = await ready(t)
  await cook(host, toy)
  writeFileSync(at(host, places.config), 'port 1\n')
  writeFileSync(at(host, '/etc/rc.conf'), 'toy_enable="MAYBE"\n')
  const unwanted = { ...toy, wanted: false }
  const { left, failure } = await cook(host, unwanted)
  t.equal(failure, undefined)
  const subjects = (all: readonly Fault[]) => all.map(({ subject }) => subject)
  t.same(subjects(left), [places.config, '/etc/rc.conf: toy_enable'])
  t.equal(read(host, places.config), 'port 1\n')
  t.equal(read(host, '/etc/rc.conf'), 'toy_enable="MAYBE"\n')
  t.equal(leftOf(host).shared, 'mine\n')
  t.same((await cook(host, unwanted)).left, [], 'once')
})

t.test('a line that was there before stays', async t => {
  const { host, toy } = await ready(t)
  writeFileSync(at(host, places.shared), 'use toy\nmine\n')
  await cook(host, toy)
  await cook(host, { ...toy, wanted: false })
  t.equal(read(host, places.shared), 'use toy\nmine\n')
})

t.test('if services are not touched, the record keeps the service', async t => {
  const { host, toy } = await ready(t)
  await cook(host, toy)
  const unwanted = { ...toy, wanted: false }
  await cook(host, unwanted, false)
  t.ok(leftOf(host).runs)
  t.same((await cook(host, unwanted, false)).found, [])
  t.same((await cook(host, unwanted)).found, [
    'service toy is running',
    `file ${paths.record} has different content`,
  ])
  t.same(leftOf(host), clean)
})

t.test('an intent that cannot be removed is a warning', async t => {
  const { host, toy } = await ready(t)
  const stuck: Host = {
    ...host,
    remove: path => {
      if (path === paths.intent) {
        throw new Failure(73, `${path}: input/output error`)
      }
      host.remove(path)
    },
  }
  const { failure, told } = await cook(stuck, toy)
  t.equal(failure, undefined)
  t.match(told, `warning: ${paths.intent}: input/output error`)
  t.same((await cook(host, toy)).found, [
    `removal ${paths.intent} is left from an interrupted run`,
  ])
  t.equal(host.look(paths.intent), undefined)
})

t.test('killed anywhere, and then not wanted: nothing is left', async t => {
  let points = 0
  for (let n = 1; ; n++) {
    const { host, toy } = await ready(t)
    const { dying, isDead } = dyingAt(host, n)
    await cook(dying, toy, false).catch(() => undefined)
    if (!isDead()) break
    points++
    // In this jail no service was ever started.
    const unwanted = { ...toy, wanted: false }
    t.equal((await cook(host, unwanted)).failure, undefined, String(n))
    t.same(leftOf(host), clean, `killed at ${n}`)
    t.same((await cook(host, unwanted)).found, [], String(n))
  }
  t.ok(points > 5, `${points} points`)
})

t.test('after a kill while taking back, the next run finishes', async t => {
  let points = 0
  for (let n = 1; ; n++) {
    const { host, toy } = await ready(t)
    await cook(host, toy, false)
    const unwanted = { ...toy, wanted: false }
    const { dying, isDead } = dyingAt(host, n)
    await cook(dying, unwanted, false).catch(() => undefined)
    if (!isDead()) break
    points++
    t.equal((await cook(host, unwanted)).failure, undefined, String(n))
    t.same(leftOf(host), clean, `killed at ${n}`)
    t.same((await cook(host, unwanted)).found, [], String(n))
  }
  t.ok(points > 5, `${points} points`)
})
