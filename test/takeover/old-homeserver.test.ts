import t from 'tap'
import { homeserver } from '../../lib/services/synapse/configuration.ts'
import {
  readOldHomeserver,
  type OldHomeserver,
} from '../../lib/takeover/old-homeserver.ts'
import { newReport, show } from '../../lib/contract/report.ts'
import { isOurs } from '../../lib/takeover/recall-old.ts'
import { recall } from '../../lib/services/synapse/recall.ts'
import { readYaml, whyNoYaml } from '../small/yaml.ts'
import { params } from '../small/given.ts'
import { hostIn } from '../small/host-in.ts'
import { oldHomeserver } from '../small/old-text.ts'
import { randomText } from '../support/random.ts'

const skip = whyNoYaml()

const all: OldHomeserver = {
  serverName: 'example.com',
  signingKeyPath: '/usr/local/etc/matrix-synapse/example.com.signing.key',
  macaroon: 'ma+ca/roon==',
  form: 'fo+rm/==',
  registration: 'shared',
  engine: 'sqlite3',
  database: '/mnt/matrixdata/matrix-synapse/matrix_homeserver.db',
  mediaDir: '/mnt/matrixdata/media_store',
}

const secrets = {
  macaroon: all.macaroon!,
  form: all.form!,
  registration: all.registration!,
}

t.test('all values are read from a file of potluck', async t => {
  const text = oldHomeserver('example.com', secrets)
  t.same(readOldHomeserver(text), all)
  t.same(readOldHomeserver(`\ufeff${text.replaceAll('\n', '\r\n')}`), all)
})

// The text that sed(1) inserted, and the value: that of YAML if it is valid.
t.test('a value is read as it was inserted', async t => {
  for (const [put, got = put] of [
    ['plain'],
    ['with space'],
    ["it's"],
    ['a#b'],
    [' # x'],
    ['a: b'],
    ['%'],
    ['$x `id` $(id)'],
    ['{a}'],
    ['[a'],
    ['&a'],
    ['*a'],
    ['!a'],
    ['|'],
    ['größe'],
    ['\\\\', '\\'],
    ['a\\tb', 'a\tb'],
    ['\\u0041', 'A'],
    ['\\"', '"'],
    ['pa"ss'],
    ['"'],
    ['""'],
    ['"pass'],
    ['pass"'],
    ['a" # b', 'a'],
    ['a"#b', 'a'],
    ['a"##b"', 'a'],
    ['a": "b'],
    ['pa\\ss'],
    ['pass\\'],
    ['\\'],
    ['a"b\\'],
  ] as const) {
    for (const key of ['macaroon', 'form', 'registration'] as const) {
      const text = oldHomeserver('example.com', { ...secrets, [key]: put })
      t.same(readOldHomeserver(text), { ...all, [key]: got }, `${key} ${put}`)
    }
  }
})

t.test('a broken value does not affect the others', async t => {
  for (const broken of ['a"b', '"', 'a\\', 'x\ny: [', '\t- }', '"\n  - "']) {
    const text = oldHomeserver('example.com', secrets, { smtpPass: broken })
    t.same(readOldHomeserver(text), all, show(broken))
  }
})

t.test('valid YAML is read as Synapse reads it', { skip }, async t => {
  const puts = Array.from({ length: 200 }, () => randomText(10))
  const texts = puts.map(put =>
    oldHomeserver('example.com', { ...secrets, form: put }),
  )
  const readings = readYaml(texts.map(text => [text]))
  const right = texts.filter((text, index) => {
    const { value } = readings[index] ?? {}
    const form = (Object(value) as Record<string, unknown>)['form_secret']
    const got = readOldHomeserver(text)
    t.equal(got.macaroon, all.macaroon, show(puts[index]!))
    if (typeof form !== 'string' || form === '') {
      return false
    }
    t.equal(got.form, form, show(puts[index]!))
    return true
  })
  t.ok(right.length > 20, 'many are YAML')
})

t.test('other notations are read too', async t => {
  for (const [text, got] of [
    ['', {}],
    ['just a text', {}],
    ['- a\n- b\n', {}],
    ['server_name: a.b\n', { serverName: 'a.b' }],
    ["server_name: 'a.b' # c\n", { serverName: 'a.b' }],
    ['{"server_name": "a.b"}', { serverName: 'a.b' }],
    ['# server_name: a\nserver_name : a.b\n', { serverName: 'a.b' }],
    ['server_name: "%%domain%%"\n', {}],
    ['form_secret:\nmacaroon_secret_key: ""\n', {}],
    ['form_secret: ~\n', {}],
    ['form_secret: 0123\n', { form: '0123' }],
    ['form_secret: a\nform_secret: b\n', { form: 'b' }],
    ['a: "\nform_secret: |\n', {}],
    ['a: "b"c"\nform_secret: "d"\n  form_secret: "e"\n', { form: 'd' }],
    ['database: {name: psycopg2, args: {user: x}}\n', { engine: 'psycopg2' }],
    [
      'x: "a"b"\ndatabase:\n  name: psycopg2\n\n# c\n  args:\n' +
        '    database: /x\nldap:\n  name: y\n  database: z\n',
      { engine: 'psycopg2', database: '/x' },
    ],
  ] as const) {
    const none = Object.fromEntries(
      Object.keys(all).map(key => [key, undefined]),
    )
    t.same(readOldHomeserver(text), { ...none, ...got }, show(text))
  }
})

t.test("cook's own file is recognized by its first line", async t => {
  const given = params({ NOSSL: 'yes' })
  const host = hostIn(t, { '/x': '' })
  const recalled = await recall({
    host,
    right: given,
    now: new Date(),
    report: newReport(),
  })
  t.ok(isOurs(homeserver(given, recalled!)))
  t.notOk(isOurs(oldHomeserver('example.com', secrets)))
  t.notOk(isOurs(''))
})
