// Kill it anywhere, run it again, and it is right: cook is killed just before
// each call that changes the file system, and in the middle of each write.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { day, newCertificate } from '../../lib/tls/certificate.ts'
import {
  callsOf,
  cook,
  cookAgain,
  forEach,
  roots,
  some,
  whyNotFaulty,
} from '../faults/faults.ts'
import { newSigningKey } from '../../lib/services/synapse/signing-key.ts'
import { oldHomeserver } from '../small/old-text.ts'
import { entriesIn, heals, isTemporary } from '../faults/heals.ts'
import { percent, sized, spaced, tellFigure } from './size.ts'

const skip = whyNotFaulty()

const certificate = 'mnt/matrixdata/tls/example.com.crt'
const certificateKey = 'mnt/matrixdata/tls/example.com.key'

let killed = 0

const killEverywhere = async (
  t: Test,
  { copyOf, onCopyOf }: ReturnType<typeof roots>,
  from: string,
  args: readonly string[],
  spacing: number,
  holds: (root: string) => void = () => undefined,
): Promise<void> => {
  const calls = await callsOf(copyOf(from), args)
  const before = entriesIn(from)
  const points = some(spaced(spacing), calls)
  await forEach(points, at =>
    onCopyOf(from, async root => {
      const ended = await cook(root, args, { at, what: 'SIGKILL' })
      t.equal(ended.signal, 'SIGKILL')
      t.equal(ended.calls.length, at, 'the calls come in the same order')
      await heals(
        t,
        cookAgain,
        root,
        args,
        before,
        `${at}, ${ended.calls.at(-1)}`,
      )
      holds(root)
    }),
  )
  t.ok(points.length > 5)
  killed += points.length
  t.comment(`killed at ${points.length} of ${calls.length} points`)
}

/** A root after a run with the same parameters. */
const cooked = async (all: ReturnType<typeof roots>): Promise<string> => {
  const root = all.copyOf(all.empty)
  await callsOf(root, [])
  return root
}

const changes = ['--max-upload=7M', '--ip=10.192.0.6', '--log-level=DEBUG']

t.test('a first run killed anywhere', { skip }, async t => {
  const all = roots(t)
  await killEverywhere(t, all, all.empty, [], 7)
})

t.test('a first run without TLS killed anywhere', { skip }, async t => {
  const all = roots(t)
  await killEverywhere(t, all, all.empty, ['--no-ssl', 'yes'], 17)
})

t.test('a rerun with changes killed anywhere', { skip }, async t => {
  const all = roots(t)
  await killEverywhere(t, all, await cooked(all), changes, 5)
})

t.test('the renewal of a certificate killed anywhere', { skip }, async t => {
  const all = roots(t)
  const root = await cooked(all)
  const old = await newCertificate(
    readFileSync(join(root, certificateKey), 'utf8'),
    { host: 'example.com', addresses: ['10.192.0.5'] },
    new Date(Date.now() - 380 * day),
  )
  writeFileSync(join(root, certificate), old)
  await killEverywhere(t, all, root, [], 3)
  const { code } = await cook(root, [])
  t.equal(code, 0)
  t.not(readFileSync(join(root, certificate), 'utf8'), old, 'it was renewed')
})

t.test('the takeover of a potluck jail killed anywhere', { skip }, async t => {
  const all = roots(t)
  const root = all.copyOf(all.empty)
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text, { mode: 0o600 })
  }
  const secrets = { macaroon: 'm+/=', form: 'f+/=', registration: 'shared' }
  const key = newSigningKey()
  const old = oldHomeserver('example.com', secrets)
  write('usr/local/etc/matrix-synapse/homeserver.yaml', old)
  write('usr/local/etc/matrix-synapse/example.com.signing.key', key)
  write('mnt/matrixdata/matrix-synapse/matrix_homeserver.db', 'SQLite')
  await killEverywhere(t, all, root, ['--no-ssl', 'yes'], 11, healed => {
    const text = (name: string): string =>
      readFileSync(join(healed, 'mnt/matrixdata', name), 'utf8')
    t.equal(text('keys/example.com.signing.key'), key)
    for (const [name, secret] of Object.entries(secrets)) {
      t.equal(text(`keys/${name}`), secret)
    }
    const copies = readdirSync(join(healed, 'mnt/matrixdata/cook')).filter(
      name => /^homeserver-.*\.yaml$/.test(name),
    )
    t.same(
      copies.map(name => text(`cook/${name}`)),
      [old],
    )
  })
})

t.test('setting up and taking back sshd killed anywhere', { skip }, async t => {
  const all = roots(t)
  const root = await cooked(all)
  mkdirSync(join(root, 'etc/ssh'))
  writeFileSync(join(root, 'etc/ssh/sshd_config'), 'Port 22\n')
  const [yes, no] = ['--control-user=yes', '--control-user=no']
  await killEverywhere(t, all, root, [yes], 5)
  await callsOf(root, [yes])
  // After the last call no file of cook is left in /etc/ssh.
  await killEverywhere(t, all, root, [no], 5)
})

t.test('a run killed once more after a kill', { skip }, async t => {
  // All pairs would be tens of thousands.
  const spacing = percent < 100 ? 50 : 15
  const all = roots(t)
  for (const [from, args] of [
    [all.empty, []],
    [await cooked(all), changes],
  ] as const) {
    const calls = await callsOf(all.copyOf(from), args)
    const before = entriesIn(from)
    await forEach(some(spacing, calls), async first => {
      const once = all.copyOf(from)
      await cook(once, args, { at: first, what: 'SIGKILL' })
      const rest = await callsOf(all.copyOf(once), args)
      for (const second of some(spacing, rest)) {
        await all.onCopyOf(once, async root => {
          const ended = await cook(root, args, { at: second, what: 'SIGKILL' })
          t.equal(ended.signal, 'SIGKILL')
          await heals(
            t,
            cookAgain,
            root,
            args,
            before,
            `${first} and ${second}`,
          )
        })
      }
    })
  }
})

t.test('no leftovers after a kill and other parameters', { skip }, async t => {
  const all = roots(t)
  const calls = await callsOf(all.copyOf(all.empty), [])
  // All files have temporary names, and only the intent has its final name.
  const renames = calls.flatMap(([name], n) => (name === 'renameSync' ? n : []))
  const at = (renames[1] ?? 0) + 1
  for (const args of [
    ['--no-ssl', 'yes'],
    ['--domain', 'other.example'],
  ]) {
    await all.onCopyOf(all.empty, async root => {
      await cook(root, [], { at, what: 'SIGKILL' })
      t.ok([...entriesIn(root).keys()].filter(isTemporary).length > 9)
      const { code, stderr } = await cook(root, args)
      t.equal(code, 0, stderr)
      t.same([...entriesIn(root).keys()].filter(isTemporary), [])
    })
  }
})

t.test('many points were tried', { skip }, async t => {
  t.ok(killed >= sized(50, 300))
  tellFigure(
    t,
    `killed at ${killed} points, and each time the next run was right`,
  )
})
