import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { exit } from '../../../lib/contract/failure.ts'
import { paths } from '../../../lib/contract/paths.ts'
import type { Ledger } from '../../../lib/engine/record/made.ts'
import { readRecord, renderRecord } from '../../../lib/engine/record/record.ts'
import type { PortProbe, Probe } from '../../../lib/net/probe.ts'
import { hostIn } from '../../small/host-in.ts'
import { healthAt } from '../../small/service-step.ts'

const probes: Probe[] = [
  { address: '10.192.0.5', port: 8448, tls: true },
  { address: '::1', port: 8008, tls: false },
  { socket: '/var/run/matrix-synapse/x.sock' },
]
const services: Ledger = {
  synapse: {
    checks: [
      ...probes.map(healthAt),
      { kind: 'ssh', at: probes[1] as PortProbe },
      { kind: 'tcp', at: probes[2]! },
      { kind: 'exit', argv: ['true', 'x'] },
    ],
    made: [
      { kind: 'file', path: '/a', hashes: ['x', 'y'] },
      { kind: 'files', path: '/b', names: '^c$' },
      { kind: 'line', path: '/d', line: 'Include e' },
      { kind: 'rcvar', name: 'f_enable', values: ['YES'] },
      { kind: 'rcvar', name: 'g_enable', values: ['YES'], before: 'NO' },
      { kind: 'service', name: 'f', enabled: false },
    ],
  },
}
const record = { cook: '0.1.0', domain: 'example.com', services }

t.test('a record is read back as it was written', async t => {
  const host = hostIn(t, { [paths.record]: renderRecord(record) })
  t.same(readRecord(host), record)
  t.match(renderRecord(record), /^\{\n {2}"format": 2,\n[^]*\}\n$/)
})

t.test('without a file there is no record', async t => {
  t.equal(readRecord(hostIn(t, { '/tmp/x': '' })), undefined)
})

const whole = JSON.parse(renderRecord(record)) as Record<string, unknown>
const without = (key: string) => JSON.stringify({ ...whole, [key]: undefined })
const withProbes = (probes: unknown) =>
  JSON.stringify({ format: 1, cook: '0.1.0', domain: 'example.com', probes })
const withServices = (services: unknown) =>
  JSON.stringify({ ...whole, services })
const withChecks = (checks: unknown) =>
  withServices({ x: { checks, made: [] } })
const withMade = (...made: unknown[]) =>
  withServices({ x: { checks: [], made } })

t.test('an unreadable record counts as none', async t => {
  for (const text of [
    '',
    '\n',
    '{',
    renderRecord(record).slice(0, -10),
    Buffer.from([0xff, 0x00, 0x7b, 0x80]),
    'null',
    '[]',
    '7',
    '"format"',
    '{"format":"1"}',
    '{"format":1}',
    '{"format":0.5}',
    '{"__proto__":{"format":1}}',
    without('format'),
    without('cook'),
    without('domain'),
    without('services'),
    withServices(7),
    withServices(null),
    withServices({ x: null }),
    withServices({ x: { checks: [] } }),
    withServices({ x: { made: [] } }),
    withChecks([{ kind: 'udp', at: probes[0] }]),
    withChecks([{ kind: 'http', at: probes[0] }]),
    withChecks([{ kind: 'ssh' }]),
    withChecks([{ kind: 'exit', argv: [] }]),
    withChecks([{ kind: 'exit', argv: 'true' }]),
    withMade(null),
    withMade({ kind: 'dir', path: '/a' }),
    withMade({ kind: 'file', path: '/a' }),
    withMade({ kind: 'file', hashes: [] }),
    withMade({ kind: 'files', path: '/a', names: 7 }),
    withMade({ kind: 'line', path: '/a' }),
    withMade({ kind: 'rcvar', name: 'a', values: [7] }),
    withMade({ kind: 'rcvar', name: 'a', values: [], before: 7 }),
    withMade({ kind: 'service', name: 'a', enabled: 'yes' }),
    withProbes(undefined),
    withProbes(7),
    withProbes({ length: 1 }),
    withProbes([null]),
    withProbes([...probes, { address: '::1', port: '8008', tls: true }]),
    withProbes([{ port: 8008, tls: true }]),
    withProbes([{ address: '::1', port: 8008 }]),
    withProbes([{ socket: 7 }]),
  ]) {
    const host = hostIn(t, { [paths.record]: text })
    t.equal(readRecord(host), undefined, JSON.stringify(text))
  }
})

t.test('format 1 contains where one service should answer', async t => {
  const host = hostIn(t, { [paths.record]: withProbes(probes) })
  const { cook, domain } = record
  t.same(readRecord(host), { cook, domain, probes })
})

t.test('a record of a newer cook ends the run', async t => {
  for (const [text, by] of [
    [JSON.stringify({ ...whole, format: 3, cook: '9.0' }), '"9.0"'],
    ['{"format":99}', '"undefined"'],
    ['{"format":1e999,"cook":"\\u001b[2J"}', '"\\u001b[2J"'],
  ] as const) {
    const host = hostIn(t, { [paths.record]: text })
    t.throws(() => readRecord(host), {
      exit: exit.config,
      message: `${paths.record}: was written by a newer cook (${by}): run that version`,
    })
  }
})

t.test('something other than a file in its place is reported', async t => {
  const folder = hostIn(t, { '/var/db/cook/x': '' })
  mkdirSync(join(folder.root, paths.record))
  t.throws(() => readRecord(folder), {
    exit: exit.config,
    message: `${paths.record}: is a directory, not a file`,
  })
  const link = hostIn(t, { '/var/db/cook/x': '{}' })
  symlinkSync('x', join(link.root, paths.record))
  t.throws(() => readRecord(link), {
    exit: exit.config,
    message: /is a symbolic link/,
  })
})
