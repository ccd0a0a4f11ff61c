import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import t from 'tap'
import { exit, Failure } from '../../lib/contract/failure.ts'
import { newHostKey } from '../../lib/services/sshd/host-key.ts'
import {
  quoteCrontab,
  quoteMdoc,
  quoteNewsyslog,
  quotes,
  quoteSh,
  quoteSshd,
  quoteYaml,
} from '../../lib/formats/quote.ts'
import { show } from '../../lib/contract/report.ts'
import { Secret } from '../../lib/contract/secret.ts'
import { makeJail, whyNoJail } from '../jail/jail.ts'
import { asRead } from '../support/mandoc.ts'
import { randomText } from '../support/random.ts'
import { readYaml, whyNoYaml } from '../small/yaml.ts'

const skip = whyNoYaml()

const hostile = [
  '',
  ' ',
  '  a  ',
  '"',
  '""',
  "'",
  "''",
  'a"b',
  "a'b",
  '\\',
  '\\\\',
  '\\n',
  '\\"',
  '"\\',
  '\\u0041',
  '\\x41',
  '%',
  '%s',
  '%(app)s',
  '#',
  ' # x',
  'a #b',
  ':',
  ': ',
  'a: b',
  '- a',
  '-',
  '---',
  '...',
  '? a',
  '!',
  '!!python/name:x',
  '&a',
  '*a',
  '|',
  '>',
  '@',
  '`',
  '[a',
  ']',
  '{a',
  '}',
  ',',
  'a, b',
  '<<',
  'null',
  'Null',
  '~',
  'yes',
  'no',
  'on',
  'off',
  'true',
  'False',
  'y',
  'n',
  '012',
  '0o17',
  '0x1f',
  '0b1',
  '1e3',
  '1.5',
  '.5',
  '1_000',
  '12:30:45',
  '.inf',
  '.NaN',
  '2001-01-01',
  '2001-01-01T00:00:00Z',
  '=',
  '+1',
  '-1',
  '<%= x %>',
  '<%- x %>',
  '<% x %>',
  '<%%',
  '%%>',
  '-%>',
  '${x}',
  '$(x)',
  '\t',
  'a\tb',
  '\n',
  'a\nb',
  '\r\n',
  'a\n\n b',
  '\0',
  '\x07',
  '\x1b[31m',
  '\x7f',
  '\x80',
  '\x85',
  'a\x85b',
  '\x9f',
  '\xa0',
  '\xad',
  '\u2028',
  'a\u2029b',
  '\u200b',
  '\u202e',
  '\ufeff',
  'a\ufeffb',
  '\ufffd',
  '\ufffe',
  '\uffff',
  '\ud7ff',
  '\ue000',
  'größe 鍵',
  '🔑',
  '\u{10ffff}',
  '\u{1ffff}',
  'e\u0301',
  'x'.repeat(10240),
  '"\\🔑 '.repeat(2048),
  'CHANGEME',
  'CHANGEMECHANGEME',
  'xCHANGEMEx',
  'CHANGECHANGEMEME',
  'changeme',
]

// Macros, requests and escapes of roff(7).
const mdocWords = [
  'Fl',
  'Ar x',
  'No',
  'Pq (',
  '.Fl',
  '.',
  '..',
  '.\\"',
  '\\"',
  '\\fB',
  '\\e',
  '\\&',
  '-',
  '--x',
  '~',
  '^',
  '`',
  ')',
  ',',
  '|',
  ';',
  'e.g. x',
  '\\(aq',
  'El',
]

t.test('PyYAML reads back any text unchanged', { skip }, async t => {
  const texts = [
    ...hostile,
    ...Array.from({ length: 4000 }, () => randomText(20)),
  ]
  const read = readYaml([
    [texts.map(text => `- ${quoteYaml(text)}\n`).join('')],
    [`[${texts.map(quoteYaml).join(', ')}]`],
    [
      texts
        .map((text, index) => `k${index}: ${quoteYaml(text)}  # x\n`)
        .join(''),
    ],
  ])
  const [block, flow, map] = read.map(({ value, error }) => {
    t.equal(error, undefined)
    return Object.values(value ?? {}) as unknown[]
  })
  for (const [what, got] of [
    ['a list of lines', block],
    ['a list on a line', flow],
    ['a mapping with comments', map],
  ] as const) {
    t.equal(got?.length, texts.length, what)
    const wrong = texts.filter((text, index) => got?.[index] !== text)
    t.same(wrong.map(show), [], what)
  }
})

t.test('each character of Unicode alone is read back', { skip }, async t => {
  // The edges of the 17 planes, and the whole first plane.
  const codes = Array.from({ length: 0x10000 }, (_, code) => code)
    .concat(Array.from({ length: 16 }, (_, p) => (p + 1) << 16))
    .flatMap(code => (code < 0x10000 ? [code] : [code, code + 0xffff]))
    .filter(code => code < 0xd800 || code > 0xdfff)
  const text =
    String.fromCodePoint(...codes.slice(0, 60000)) +
    String.fromCodePoint(...codes.slice(60000))
  const [whole] = readYaml([[quoteYaml(text)]])
  t.ok(whole?.value === text, whole?.error ?? 'all in one text')
  const each = [...text]
  const [list] = readYaml([[each.map(c => `- ${quoteYaml(c)}\n`).join('')]])
  const got = (list?.value ?? []) as unknown[]
  t.same(each.filter((c, index) => got[index] !== c).map(show), [])
})

t.test('a text stays on one line and has only visible characters', async t => {
  for (const text of hostile) {
    const quoted = quoteYaml(text)
    t.match(quoted, /^"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]*"$/)
    t.ok(quoted.isWellFormed())
  }
  t.equal(quoteYaml('größe 鍵 🔑 <a> $b %c'), '"größe 鍵 🔑 <a> $b %c"')
})

t.test('the word that stops the rc script is not written', async t => {
  for (const text of hostile.filter(text => text.includes('CHANGEME'))) {
    t.notMatch(quoteYaml(text), 'CHANGEME', text)
  }
  t.equal(quoteYaml('changeme'), '"changeme"')
})

t.test('other values are written in YAML notation', async t => {
  for (const [what, value, text] of [
    ['a number', 587, '587'],
    ['yes', true, 'true'],
    ['no', false, 'false'],
    ['a secret', new Secret('a"b'), '"a\\"b"'],
    ['a list', ['a', 'b"', 1, true], '["a", "b\\"", 1, true]'],
    ['a list of secrets', [new Secret('x')], '["x"]'],
    ['an empty list', [], '[]'],
    ['half a character', '\ud800', '"\ufffd"'],
  ] as const) {
    t.equal(quoteYaml(value), text, what)
  }
})

t.test('a value that cannot be in a file is a defect', async t => {
  for (const [value, type] of [
    [undefined, 'undefined'],
    [null, 'object'],
    [{}, 'object'],
    [[undefined], 'undefined'],
    [() => 1, 'function'],
  ] as const) {
    t.throws(
      () => quoteYaml(value),
      new Failure(exit.software, `a template prints ${type}`),
    )
  }
})

t.test('sshd reads back any text', { skip: whyNoJail() }, async t => {
  const jail = await makeJail()
  t.teardown(jail.destroy)
  // Without the characters that the keyword itself expands.
  const texts = hostile
    .filter(text => !['', '~'].includes(text) && text.length < 999)
    .filter(text => !/\p{Cc}/u.test(text))
  // All of them as arguments of one keyword, which sshd prints.
  const marked = texts.flatMap(text => [text, '|'])
  const write = (name: string, text: string) =>
    writeFileSync(jail.path(name), text, { mode: 0o600 })
  write('/key "', newHostKey('ed25519'))
  write(
    '/config',
    `HostKey ${quoteSshd('/key "')}\n` +
      `AuthorizedKeysFile ${quoteSshd(marked)} # a comment\n` +
      `StrictModes ${quoteSshd(false)}\nMaxSessions ${quoteSshd(7)}\n`,
  )
  const sshd = ['/usr/sbin/sshd', '-T', '-f', '/config']
  const { code, stdout, stderr } = await jail.exec(sshd)
  t.equal(code, 0, stderr)
  const [, got] = stdout.match(/^authorizedkeysfile ([^\n]*)$/m) ?? []
  t.same(got?.split(' | '), marked.join(' ').split(' | '))
  t.match(stdout, /^hostkey \/key "$/m)
  t.match(stdout, /^strictmodes no$/m)
  t.match(stdout, /^maxsessions 7$/m)
})

t.test('a value that sshd cannot read on one line is a defect', async t => {
  for (const text of ['a\nb', '\0', '\t', '\x7f', '\x85', ['\r']]) {
    t.throws(
      () => quoteSshd(text),
      new Failure(exit.software, 'a template prints a control character'),
    )
  }
  for (const value of [undefined, null, {}, new Secret('x')]) {
    t.throws(
      () => quoteSshd(value),
      new Failure(exit.software, `a template prints ${typeof value}`),
    )
  }
  t.same([true, false, 22, []].map(quoteSshd), ['yes', 'no', '22', ''])
})

t.test('sh reads back any text on a line', async t => {
  const texts = hostile.filter(
    text => !/\p{Cc}/u.test(text) && text.isWellFormed(),
  )
  // cron(8) removes the backslash before sh(1) reads the line.
  for (const quote of [
    quoteSh,
    (text: string) => quoteCrontab(text).replaceAll('\\%', '%'),
  ]) {
    const script = `printf '%s\\n' ${texts.map(text => quote(text)).join(' ')}`
    const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' })
    t.same(stdout.split('\n').slice(0, -1), texts)
  }
  t.equal(quoteSh('/usr/local/bin/cook'), '/usr/local/bin/cook', 'plainly')
  t.equal(quoteCrontab('a%b%'), "'a\\%b\\%'", 'cron would end the line there')
  for (const value of ['a\nb', '\0', undefined, 1, new Secret('x')]) {
    t.throws(() => quoteSh(value), { message: /^a template/, exit: 70 })
  }
})

t.test('a field of newsyslog.conf cannot be quoted', async t => {
  t.equal(quoteNewsyslog('/var/log/cook.log'), '/var/log/cook.log')
  for (const value of ['', 'a b', 'a\tb', '#', '*', '"a"', undefined]) {
    t.throws(() => quoteNewsyslog(value), { message: /./, exit: 70 })
  }
})

t.test('mandoc shows any text', async t => {
  const texts = [...hostile, ...mdocWords, 'a.', '. b', "'x", '.Sh NO']
    .map(text => text.toWellFormed().trim())
    // A formatted page has no control characters and no double spaces.
    .filter(text => text !== '' && text.length < 60)
    .filter(text => !/[\p{C}\p{Z}\p{M}]/u.test(text.replaceAll(' ', '')))
    .filter(text => !text.includes('  '))
  const lines = texts.flatMap((text, index) => [
    `.It "${quoteMdoc(text)}"`,
    `${quoteMdoc(text)}`,
    '.br',
    `|${index}`,
  ])
  const head = ['.Dd March 1, 2026', '.Dt X 8', '.Os', '.Sh NAME', '.Nm x']
  const list = ['.Nd y', '.Sh FILES', '.Bl -ohang -compact']
  const read = asRead([...head, ...list, ...lines, '.El', ''].join('\n'))
  const [, told = ''] = read.split(/^FILES\n/m)
  const items = told.split(/^ *\|\d+\n/m).slice(0, texts.length)
  t.same(
    items.map(item =>
      item
        .trimEnd()
        .split('\n')
        .map(line => line.trim()),
    ),
    texts.map(text => [text, text]),
  )
})

t.test('text that a man page cannot show is a defect', async t => {
  for (const value of ['a\nb', '\0', '\t', 7, undefined, new Secret('x')]) {
    t.throws(() => quoteMdoc(value), { message: /^a template/, exit: 70 })
  }
})

t.test('only a known extension has a quoting', async t => {
  t.same(Object.keys(quotes), [
    '8',
    'sh',
    'crontab',
    'newsyslog',
    'yaml',
    'json',
    'html',
    'sshd_config',
  ])
})
