// Nobody can trip root: whatever the user synapse plants in its directories,
// cook neither follows it nor shows what it links to.

import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { differences, picture, settle, whyNot } from '../setting.ts'

const why = whyNot('bundle')

const plain = { NOSSL: 'yes' }
const marker = 'MARKER of a file of root'
const hidden = '/root/hidden'

// Where the user synapse can write.
const own = [
  'var/log/matrix-synapse',
  'var/run/matrix-synapse',
  'mnt/matrixdata/matrix-synapse',
  'mnt/matrixdata/media_store',
]

// What cook changes for a changed parameter.
const written = [
  'mnt/matrixdata/cook',
  'mnt/matrixdata/cook/params.env',
  'mnt/matrixdata/cook/synapse.mark',
  'root',
  'tmp',
  'usr/local/etc/matrix-synapse',
  'usr/local/etc/matrix-synapse/homeserver.yaml',
  'usr/local/etc/matrix-synapse/log.config',
  'var/db/cook',
  'var/db/cook/intent.json',
  'var/db/cook/last.json',
  'var/db/cook/readings.json',
  'var/db/cook/synapse.mark',
  'var/log/cook.log',
  'var/run',
]

const link = ['a link', ['ln', '-s', hidden]] as const
// FreeBSD lets users do that, Linux does not.
const second = ['a hard link', ['ln', hidden], {}] as const
const folder = ['a link to a folder', ['ln', '-s', '/root']] as const
const pipe = ['a named pipe', ['mkfifo']] as const
const dir = ['a folder', ['mkdir']] as const

const traps = [
  [
    'a pid file',
    '/var/run/matrix-synapse/homeserver.pid',
    [link, second, folder, pipe, dir],
  ],
  [
    'a log',
    '/var/log/matrix-synapse/homeserver.log',
    [link, second, folder, pipe, dir],
  ],
  [
    'a database',
    '/mnt/matrixdata/matrix-synapse/matrix_homeserver.db',
    [link, pipe],
  ],
  ['media', '/mnt/matrixdata/media_store/local_content', [link]],
] as const

if (why) {
  t.plan(0, why)
} else {
  const { jail, cook } = await settle(t, 'bundle')
  const look = () => picture(jail.root, ['proc', 'dev', ...own])

  await t.test('a homeserver, and a file only for root', async t => {
    t.equal((await cook([], plain)).code, 0)
    await jail.exec(['service', 'synapse', 'onestop'])
    writeFileSync(jail.path(hidden), `${marker}\n4711\nValueError: ${marker}\n`)
    chmodSync(jail.path(hidden), 0o600)
  })

  let size = 1
  for (const [what, path, kinds] of traps) {
    for (const [kind, command, options = { user: 'synapse' }] of kinds) {
      await t.test(`${kind} instead of ${what}`, async t => {
        await jail.exec(['mv', path, `${path}.away`])
        const planted = await jail.exec([...command, path], options)
        t.equal(planted.code, 0, planted.stderr)
        const before = look()
        const changed = () =>
          statSync(jail.path(hidden), { bigint: true }).ctimeNs
        const then = changed()
        const args = ['--max-upload', `${size++}M`, '--start-timeout', '4']
        const done = await cook(args, plain)
        // It may be healthy nevertheless; cook reports either.
        t.ok([0, 69].includes(done.code), `exit ${done.code}: ${done.stderr}`)
        t.notMatch(done.stdout + done.stderr, marker)
        t.notMatch(readFileSync(jail.path('/var/log/cook.log'), 'utf8'), marker)
        t.same(
          differences(before, look()).filter(each => !written.includes(each)),
          [],
        )
        t.equal(changed(), then, 'nor was its owner or its mode')
        await jail.exec(['service', 'synapse', 'onestop'])
        await jail.exec(['rm', '-rf', path])
        await jail.exec(['mv', `${path}.away`, path])
      })
    }
  }

  await t.test('without the traps it is healthy again', async t => {
    const { code, stderr } = await cook([], plain)
    t.equal(code, 0, stderr)
  })
}
