import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { exit } from '../lib/failure.ts'
import { paths } from '../lib/paths.ts'
import { readRecord, renderRecord } from '../lib/record.ts'
import { hostIn } from './host-in.ts'

const probes = [
  { address: '10.192.0.5', port: 8448, tls: true },
  { address: '::1', port: 8008, tls: false },
  { socket: '/var/run/matrix-synapse/x.sock' },
]
const record = { cook: '0.1.0', domain: 'example.com', probes }

t.test('a record is read as it was written', async t => {
  const host = hostIn(t, { [paths.record]: renderRecord(record) })
  t.same(readRecord(host), { format: 1, ...record })
  t.match(renderRecord(record), /^\{\n {2}"format": 1,\n[^]*\}\n$/)
})

t.test('no record is no record', async t => {
  t.equal(readRecord(hostIn(t, { '/tmp/x': '' })), undefined)
})

const whole = JSON.parse(renderRecord(record)) as Record<string, unknown>
const without = (key: string) => JSON.stringify({ ...whole, [key]: undefined })
const withProbes = (probes: unknown) => JSON.stringify({ ...whole, probes })

t.test('one that cannot be read is no record', async t => {
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
    without('probes'),
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

t.test("a newer cook's record stops this one", async t => {
  for (const [text, by] of [
    [JSON.stringify({ ...whole, format: 2, cook: '9.0' }), '"9.0"'],
    ['{"format":99}', '"undefined"'],
    ['{"format":1e999,"cook":"\\u001b[2J"}', '"\\u001b[2J"'],
  ] as const) {
    const host = hostIn(t, { [paths.record]: text })
    t.throws(() => readRecord(host), {
      exit: exit.config,
      message: `${paths.record}: was written by a newer cook (${by}): use that`,
    })
  }
})

t.test('something else in its place is told', async t => {
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
