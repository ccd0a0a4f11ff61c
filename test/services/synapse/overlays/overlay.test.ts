import t from 'tap'
import { secretsIn } from '../../../../lib/host/log/hiding.ts'
import {
  layOver,
  overlayFaults,
  readKeys,
  type Overlay,
} from '../../../../lib/services/synapse/overlays/overlay.ts'
import { show } from '../../../../lib/contract/report.ts'
import { readYaml, whyNoYaml } from '../../../small/yaml.ts'
import { effortOf } from '../../../support/promptly.ts'

const skip = whyNoYaml()

// Like cook's own text: blocks, lists, flow, comments, keys with nothing below.
const base = `\
# Synapse's configuration

server_name: "example.com"  # DOMAIN
report_stats: false

# Addresses

listeners:
  - port: 8448
    type: http
    bind_addresses: ["10.0.0.1"]
# a comment right below
max_upload_size: "50M"
trusted_key_servers:
  - server_name: "matrix.org"

email:
  smtp_host: "mail.example.com"
  smtp_port: 25
`

const texts: readonly (readonly [string, ...string[]])[] = [
  ['a: 1\n'],
  ['a: 1'],
  ['max_upload_size: 100M\n'],
  ['email:\n  smtp_host: other\n'],
  ['email: {smtp_host: other}\n'],
  ['listeners: []\n'],
  ['listeners:\n- port: 8008\n  type: http\n- port: 9000\n  type: metrics\n'],
  ['server_name: example.com\nemail:\nreport_stats: yes\n'],
  ['email: ~\n', 'email:\n  a: 1\n'],
  ['a: 1\nb: 2\n', 'b: 3\nc: 4\n', 'c: 5\n'],
  ['a: 1\n', 'a: 2\n', 'a: 3\n'],
  // YAML 1.1, as PyYAML reads plain text.
  ['a: yes\nb: no\nc: on\nd: off\ne: y\nf: ~\ng: null\nh: Null\ni: True\n'],
  ['a: 012\nb: 0o12\nc: 0x1F\nd: 0b11\ne: 1_000\nf: 12:30:45\ng: +1\n'],
  ['a: 1e3\nb: 1.0e+3\nc: .5\nd: 1.\ne: .inf\nf: -.INF\ng: 12:30:45.5\n'],
  ['a: 2001-01-01\nb: 2001-12-14t21:59:43.10-05:00\nc: 2001-1-1 1:2:3\n'],
  ["a: 'yes'\nb: \"012\"\nc: 'it''s'\nd: \"\\u00e9\\n\\x41\\\n  x\"\n"],
  ['a: !!str 012\nb: !!int "7"\nc: !!binary aGk=\nd: !!set {x, y}\n'],
  ['a: !!float 1\nb: !!timestamp 2001-01-01\n'],
  ['a:\nb: \nc: ""\nd: # nothing\n'],
  ['a: word # comment\nb: word#no\nc: "#no"\nd: a b  c\n'],
  ['a: x%(app)s\nb: a:b\nc: http://x/#y\nd: -x\ne: ?x\n'],
  // Texts of several lines.
  ['a: |\n  one\n    two\n\n  three\nb: 1\n'],
  ['a: |+\n  one\n\n\nb: 1\n'],
  ['a: |+\n  one\n\n\n'],
  ['a: |-\n  one\n\n\nb: 1\n'],
  ['a: >\n  one\n  two\n\n  three\nb: >-\n  x\n  y\n'],
  ['a: >+\n  one\n\n', 'b: 1\n'],
  ['a: |2\n   one\n  two\nb: 1\n'],
  ['a: |\n  # no comment\n  b: 1\n# a comment\nb: 2\n'],
  ['a: |\n'],
  ['a: one\n  two\n\n  three\nb: 1\n'],
  ['a: "one\n  two\n\n  three"\nb: 1\n'],
  ["a: 'one\n  two\n\n\n  three '\nb: 1\n"],
  // Lists and mappings.
  ['a:\n- 1\n-  2\n- - 3\n  - 4\n- x: 1\n  y: 2\nb: 1\n'],
  ['a: [1, two, [3], {x: 4}]\nb: {x: 1, "y": [2],\n  z: 3}\n'],
  ['a:\n  {x: 1,\n   y: 2}\n'],
  ['a: [\n  1,\n]\nb: {\n}\nc: 1\n'],
  ['a:\n    x:\n        y: 1\nb:\n z: 1\n'],
  // The whole file as flow, as JSON.
  ['{a: 1, b: [1, 2], c: {x: y}}\n'],
  ['{"a": 1, "b": "yes", "c": yes, "email": {"smtp_host": "x"}}'],
  ['{\n  "a": 1,\n  "b": {\n    "x": [\n      1\n    ]\n  }\n}\n'],
  ['{a: "one\n  two", b: one\n  two, c: }\n'],
  ['{a, b: 1}\n'],
  ['{"a":1,"b":"x"}\n'],
  ["{'a':1}\n"],
  ['{a: [\n1,\n2], b: {\nx: "y\nz"}, c: d\ne}\n', 'f: 1\n'],
  ['{}\n', 'a: 1\n'],
  ['{a: 1} # x\n'],
  ['--- {a: 1}\n'],
  ['{a: &x 1, b: *x}\n'],
  ['{a: &x {y: 1}, b: [*x], c: !!map {<<: *x}}\n'],
  ['{a: 1, # two, {\n# three\nb: # four\n 2 }\n'],
  ['{a: [1, # one\n  2], # two\n  b: 3}\n'],
  ['{a: !!str 1, b: !!int "2"}\n'],
  // Indented.
  ['  a: 1\n  b: 2\n'],
  ['    a:\n      x: 1\n      y: |\n        one\n         two\n    b: 2\n'],
  ['  a:\n  - 1\n  - 2\n  b: 1\n'],
  ['# x\n  a: 1\n# y\n  b: 2\n'],
  ['  a: |\n   one\n\n   two\n  b: 1\n'],
  ['  a: |4\n        one\n      two\n  b: 1\n'],
  // Anchors.
  ['a: &x {y: 1}\nb: *x\nc: [*x, *x]\n'],
  ['a: &x\n  y: 1\nb:\n  <<: *x\n  z: 2\n'],
  ['a: &x !!str 1\nb: !!str &y 2\nc: [*x, *y]\n'],
  ['a: &x {y: 1}\nb: &z {<<: [*x, *x], w: 2}\nc:\n  - <<: *z\n    y: 3\n'],
  [`a: &x [1]\nb: [${'*x, '.repeat(5000)}]\n`],
  // Keys.
  ['"a": 1\n\'b\': 2\n"email": {}\n'],
  ['"\\x61": 1\nb : 2\n'],
  ['a b: 1\na.b: 2\na-b: 3\nä: 4\n"a: b": 5\n'],
  ['Email: 1\nEMAIL: 2\n'],
  // Marks and comments around the text.
  ['# only before\n\na: 1\n'],
  ['a: 1\n# only after\n'],
  ['a: 1\n\n\n\nb: 2\n\n'],
  ['---\na: 1\n'],
  ['--- # x\na: 1\n...\n'],
  ['---\na: 1\n...\n# x\n'],
  ['%YAML 1.1\n---\na: 1\n'],
  ['a: |\n  x\n...\n', 'b: 1\n'],
  ['a: 1\n...\n# x\n', 'b: 1\n'],
  ['a: 1\n... # x\n', 'b: 1\n'],
  ['a: ...x\nb:\n ...\nc: |\n ...\n', 'd: 1\n'],
  ['a: x\n...\n\n'],
  ['\ufeffa: 1\nb: 2\n'],
  ['\ufeff# x\n---\na: 1\n'],
  ['\ufeff{"a": 1}'],
  // Line breaks.
  ['a: 1\r\nb:\r\n  x: |\r\n    one\r\n    two\r\nc: "one\r\n  two"\r\n'],
  ['{\r\n"a": 1,\r\n"b": [\r\n2]\r\n}\r\n'],
  ['---\r\na: 1\r\n...\r\n'],
  ['  a: 1\r\n  b: |+\r\n   x\r\n\r\n'],
  // Nothing.
  ['', 'a: 1\n'],
  ['# nothing\n', 'a: 1\n'],
  ['---\n', 'a: 1\n'],
  ['---\n...\n', 'a: 1\n'],
  ['\n\n'],
]

const overlays = (files: readonly string[]): Overlay[] =>
  files.map((text, index) => ({ name: `${10 + index}.yaml`, text }))

t.test(
  'the result equals what Synapse makes of the files',
  { skip },
  async t => {
    const results = texts.map(files => ({
      files,
      faults: overlayFaults(overlays(files)),
      text: layOver(base, overlays(files)),
    }))
    const read = readYaml([
      ...results.map(({ text }) => [text]),
      ...results.map(({ files }) => [base, ...files]),
    ])
    for (const [index, { files, faults, text }] of results.entries()) {
      const what = show(files.join('¶'))
      t.same(faults, [], `${what}: no error`)
      const wanted = read[results.length + index]
      t.equal(wanted?.error, undefined, `${what}: PyYAML reads it`)
      t.strictSame(read[index], wanted, what, { text })
    }
  },
)

const cut = (place: string) =>
  `ends inside a text at line ${place}: end it with a line break`

const values = [
  '1',
  'yes',
  '"a: b # c"',
  "'it''s'",
  '~',
  '',
  '# nothing',
  'two words # x',
  '[1, {x: y}, [], "z"]',
  '{x: [1,\n    2], y: {}}',
  '"one\n    two"',
  'one\n    two',
  '&x [1]',
  '!!str 1',
  '\n  - 1\n  - x: 2\n    y: 3',
  '\n  x: 1\n  # a comment\n  y:\n    z: 2',
  '|\n    one\n\n      two',
  '|-\n    one\n\n',
  '|+\n    one\n\n',
  '>\n    one\n    two\n',
  '>+\n    x\n\n\n',
  '|2\n      one\n    two',
  '|\n    # no comment\n    b: no key',
  '🔑',
]

const indented = (text: string): string => text.replaceAll(/^(?!$)/gm, '   ')

const layouts: readonly (readonly [string, (text: string) => string])[] = [
  ['plain', text => text],
  ['without its last line break', text => text.replace(/\n$/, '')],
  ['indented', indented],
  ['of DOS', text => text.replaceAll('\n', '\r\n')],
  ['after a byte order mark', text => `\ufeff${text}`],
  ['between marks', text => `# x\n---\n# y\n${text}...\n# z\n`],
  ['indented between marks', text => `---\n${indented(text)}...\n`],
  ['with blank lines and comments', text => `\n# x\n\n${text}\n\n# y\n`],
]

t.test('the same is true for any value in any layout', { skip }, async t => {
  const rows = values.flatMap(value =>
    layouts.flatMap(([what, layout]) =>
      [`a: ${value}\nemail: 1\n`, `email: 1\na: ${value}\n`].map(text => ({
        what: `${what}: ${show(text)}`,
        files: [layout(text), 'c: 2\n', 'email: 3\n'],
        isCut: what.includes('without') && /a: [|>][^]*\n$/.test(text),
      })),
    ),
  )
  const results = rows.map(({ files }) => layOver(base, overlays(files)))
  const read = readYaml([
    ...results.map(text => [text]),
    ...rows.map(({ files }) => [base, ...files]),
  ])
  for (const [index, { what, files, isCut }] of rows.entries()) {
    const faults = overlayFaults(overlays(files))
    if (faults.length > 0 && isCut) {
      t.match(faults[0]?.fault, /^ends inside a text /)
      continue
    }
    t.same(faults, [], what)
    t.strictSame(read[index], read[rows.length + index], what)
    t.equal(read[index]?.error, undefined, what)
  }
})

const noMapping = 'is not a mapping of keys to values at line 1, column 1'
const noText = 'has a key that is not a plain text at line 1, column '
const noKey = 'has a : without a plain key before it at line '
const merges = 'merges at the top level (<<), which cook does not support at '
const noTag = 'has a tag that cook does not support at line 1, column '
const odd =
  'has something before or in a key that cook does not support at line '
const beforeAll =
  'has a tag or an anchor before all its keys at line 1, column 1'
const tooLong = 'has a key that is too long at line 1, column '
const tooDeep = 'has more than 100 levels at line 1, column '
const question = 'has a ? before a key at line '
const needsQuotes =
  'has a : or ? in a text that needs quotes at line 1, column '
const noValue =
  'has a text that is not a valid value and needs quotes at line 1, column '
const open = 'has a quoted text that is not closed'
const orEscape = `${open}, or has an unknown escape in it at line 1, column 4`
const percent =
  'has a % directive that cook does not support at line 1, column 1'
const tab = (place: string) => `has a tab at line ${place}: write spaces`
const twoDocuments = (line: number) =>
  `contains more than one YAML document at line ${line}, column 1`
const changeme = (place: string) =>
  `contains the word CHANGEME at line ${place}: ` +
  'the rc script refuses to start with it'
const lost = (place: string) =>
  `uses an alias that is not set before it at line ${place}: ` +
  'text that begins with * needs quotes'
const strange = (code: string, place: string) =>
  `has the character U+${code.toUpperCase()} at line ${place}: ` +
  `write it as \\u${code} between double quotes`

t.test('a file that cook does not support is an error', async t => {
  for (const [text, fault] of [
    ['a: [1\n', /^is not YAML: .* at line 2, column 1$/],
    ['a: 1\nb: "x\n', /^is not YAML: .* at line \d+, column \d+$/],
    ['a: 1\n b: 2\n', /^is not YAML: .* at line 1, column 4$/],
    ['a: 1\n\tb: 2\n', /^is not YAML: .* at line \d, column \d$/],
    ['a:\n\t- 1\n', /^is not YAML: .* at line 2, column 1$/],
    ['a: b: c\n', /^is not YAML: .* at line 1, column \d$/],
    ['a: 1\na: 2\n', /^is not YAML: Map keys must be unique at line 2, /],
    ['a: *x\n', lost('1, column 4')],
    ['a: 1\nb: *x\nc: &x 1\n', lost('2, column 4')],
    ['a: |s3cret\n', /^is not YAML: Block scalar header [^|]* at line 1, /],
    ['a: !e!s3cret x\n', /^is not YAML: Could not resolve tag at line 1, /],
    ['a: "\\s3cret"\n', /^is not YAML: Invalid escape sequence at line 1, /],
    ['a: "one\ntwo"\n', /^is not YAML: .* at line 1, column 8$/],
    ['a: 1\n---\nb: 2\n', twoDocuments(2)],
    ['a: 1\n...\n---\n', twoDocuments(3)],
    ['- a\n- b\n', noMapping],
    ['word\n', noMapping],
    ['null\n', noMapping],
    ['""\n', noMapping],
    ['[a]: 1\n', `${noKey}1, column 4`],
    ['? {a: 1}\n: 1\n', `${question}1, column 1`],
    ['? a\n: 1\n', `${question}1, column 1`],
    ['a: 1\n? b\n', `${question}2, column 1`],
    ['&k a: 1\n', `${odd}1, column 4`],
    ['!!str a: 1\n', `${odd}1, column 7`],
    ['{a: 1, ? b : 2}', `${question}1, column 8`],
    ['{&k a: 1}', `${odd}1, column 5`],
    ['{"a\n b": 1}', `${noKey}2, column 4`],
    ['a: &x {y: 1}\n<<: *x\n', `${merges}line 2, column 1`],
    ['%TAG ! tag:x,1:\n---\na: 1\n', percent],
    ['%YAML 1.1\na: 1\n', /^is not YAML: Missing directives-end/],
    ['a: |\n  x', cut('2, column 4')],
    ['a: |+\n  x\n ', cut('3, column 2')],
    ['{a: 1}\n# CHANGEME\n', changeme('2, column 3')],
    ['a: "CHANGEME"\n', changeme('1, column 5')],
    // Texts that PyYAML refuses or reads differently.
    ['a: "x\\"\nb: "y"\n', orEscape],
    ['a: "x\\"\nb: "#y"\n', orEscape],
    ["a: 'x''\nb: '#y'\n", `${open} at line 1, column 4`],
    ['a:\tx\n', tab('1, column 3')],
    ['a: x\ty\n', tab('1, column 4')],
    ['\t\n', tab('1, column 1')],
    ['a: [::1]\n', `${needsQuotes}5`],
    ['a: [http://x/?y]\n', `${needsQuotes}5`],
    ['a: 1\u2028b: 2\n', strange('2028', '1, column 5')],
    ['a: "\u0085"\n', strange('0085', '1, column 5')],
    ['a: 1\rb: 2\r', strange('000d', '1, column 5')],
    ['a: "\ufeff"\n', strange('feff', '1, column 5')],
    ['\0', strange('0000', '1, column 1')],
    ['a: "\x7f"\n', strange('007f', '1, column 5')],
    ['a: =\n', `${noValue}4`],
    ['a: <<\n', `${noValue}4`],
    ['a: 2023-02-29\n', `${noValue}4`],
    ['a: 2024-2-29 25:00:00\n', `${noValue}4`],
    ['a: 0x_\n', `${noValue}4`],
    [`a: 1${'0'.repeat(4300)}\n`, `${noValue}4`],
    ['a: !t x\n', `${noTag}4`],
    ['a: !!int x\n', `${noTag}4`],
    ['{a: !!str, b: 1}\n', `${noTag}5`],
    ['a: !!str [x]\n', `${noTag}4`],
    ['a: !!omap [b: 1]\n', `${noTag}4`],
    ['!!map\na: 1\n', beforeAll],
    ['&x {a: 1}\n', beforeAll],
    ['...\n', 'has ... before its keys at line 1, column 1'],
    ['{a\n: 1}\n', `${noKey}2, column 1`],
    ['a: {: 1}\n', `${noKey}1, column 5`],
    ['a: {[x], y}\n', `${noText}5`],
    [`{${'a'.repeat(1001)}}`, `${tooLong}2`],
    [`${'a'.repeat(1001)}: 1`, `${tooLong}1002`],
    [`a: ${'['.repeat(100)}${']'.repeat(100)}`, `${tooDeep}103`],
    [
      'a: {<<: 1}\n',
      'merges something that is not a mapping at line 1, column 5',
    ],
  ] as const) {
    const [first, ...others] = overlayFaults(overlays([text]))
    t.equal(first?.name, '10.yaml', show(text))
    if (typeof fault === 'string') {
      t.equal(first?.fault, fault)
    } else {
      t.match(first?.fault, fault)
    }
    t.same(others, [])
  }
})

t.test('every broken file is an error, and correct files are not', async t => {
  t.same(
    overlayFaults(
      overlays(['- a\n', 'a: 1\n', 'a: 1\n---\n---\n', '', 'x\n']),
    ).map(({ name }) => name),
    ['10.yaml', '12.yaml', '14.yaml'],
  )
})

t.test('files that do not fit together are an error', async t => {
  for (const [files, faults] of [
    [['a: &x 1\nb: 2\n', 'b: *x\n'], ['11']],
    [['a: &x 1\nb: *x\n', 'a: 2\n'], ['10']],
    [['a: &x 1\nb: *x\n', 'b: 2\n'], []],
    [['a: &x 1\nb: *x\n', 'a: 1\nb: 2\n'], []],
    [['a: &x 1\n', 'b: &x 2\n'], ['11']],
    [['a: &x 1\n', 'a: &x 2\n'], []],
    [['a: &x 1\n', 'b: &y 2\n', 'c: &x 3\nd: &y 4\n'], ['12']],
    [['a: &x 1\nb: &x 2\n'], ['10']],
  ] as const) {
    const got = overlayFaults(overlays(files))
    t.same(
      got.map(({ name }) => name),
      faults.map(number => `${number}.yaml`),
      show(files.join('¶')),
    )
  }
  t.same(overlayFaults(overlays(['a: &x 1\nb: *x\n', 'a: 2\n'])), [
    { name: '10.yaml', fault: 'uses *x of a key that a later file replaces' },
  ])
  t.same(overlayFaults(overlays(['a: &x 1\n', 'b: &x 2\n'])), [
    { name: '11.yaml', fault: 'sets &x, which 10.yaml already sets' },
  ])
})

t.test('the result says which text came from which file', async t => {
  const see = (key: string, file: number) =>
    `# ${key}: see homeserver.d/${file}.yaml below\n`
  t.equal(
    layOver(
      base,
      overlays([
        'max_upload_size: 1G # much\nemail: {}\n',
        '# no mail\nemail:\nlisteners: [] # none\n',
      ]),
    ),
    base
      .replace(/^max_upload_size.*\n/m, see('max_upload_size', 10))
      .replace(/^email:\n[^]*25\n/m, see('email', 11))
      .replace(/^listeners:\n[^]*1"\]\n/m, see('listeners', 11))
      .concat(
        '\n# From homeserver.d/10.yaml\n\nmax_upload_size: 1G # much\n',
        '# From homeserver.d/11.yaml\n\nemail:\nlisteners: [] # none\n',
      ),
  )
})

t.test('empty files change nothing', async t => {
  for (const files of [[], [''], ['# x\n', '---\n']]) {
    t.equal(layOver(base, overlays(files)), base)
  }
})

t.test('keys are read as YAML 1.1, later files winning', async t => {
  t.same(readKeys(overlays(['a: yes\nb: 012\nc: [1]\n', '', 'c: {x: no}\n'])), {
    a: true,
    b: 10,
    c: { x: false },
  })
  t.same(readKeys([]), {})
})

t.test('equal keys and many aliases are read like PyYAML does', async t => {
  const many = Array.from({ length: 150 }, (_, i) => `k${i}: *x\n`).join('')
  const nested =
    'a: &a [1, 1]\n' +
    [...'bcdefghijklmnopqrstuvwxyz']
      .map(
        (key, i) =>
          `${key}: &${key} [${`*${'abcdefghijklmnopqrstuvwxyz'[i]}, `.repeat(9)}]\n`,
      )
      .join('')
  for (const text of [
    'x: {1: a, 0x1: b}\n',
    'on: 1\nyes: 2\n',
    'x: !!set {a: 1}\n',
    `x: &x [1]\n${many}`,
    'x: &x [*x]\n',
    'token: &x {y: *x}\n',
    nested,
  ]) {
    t.doesNotThrow(() => secretsIn(readKeys(overlays([text]))), text)
  }
  t.same(readKeys(overlays(['x: {1: a, 0x1: b}\n'])), { x: { 1: 'b' } })
})

/** Mappings that each merge the previous one twice. */
const doubling = (count: number): string =>
  'k0: &k0 {x: 1}\n' +
  Array.from(
    { length: count },
    (_, i) => `k${i + 1}: &k${i + 1}\n  <<: [*k${i}, *k${i}]\n`,
  ).join('')

const tooMuch = (line: number, column: number): string =>
  `has too many lines and values at line ${line}, column ${column}: cook ` +
  'reads at most 100,000 words, signs and line breaks of all files together'

t.test('a file that takes too long to read is an error', async t => {
  const merges = 'merges more than 10,000 keys and values at line '
  const itself = 'merges a mapping into itself at line '
  for (const [what, text, fault] of [
    ['a list', `a:\n${'- x\n'.repeat(200_000)}`, tooMuch(33_334, 3)],
    [
      'a list on a line',
      `a: [${'x, '.repeat(200_000)}]\n`,
      tooMuch(1, 150_000),
    ],
    ['blank lines', `a: 1\n${'\n'.repeat(2_000_000)}`, tooMuch(99_998, 1)],
    ['comments', `a: 1\n${'#\n'.repeat(200_000)}`, tooMuch(50_000, 1)],
    ['brackets', `a: ${'['.repeat(400_000)}`, tooMuch(1, 100_002)],
    [
      'lines of a text',
      `a: |\n  x\n${'\n'.repeat(200_000)}  x\n`,
      tooMuch(99_997, 1),
    ],
    [
      'lines of a quoted text',
      `a: "${'x\n '.repeat(200_000)}"`,
      tooMuch(99_998, 3),
    ],
    ['merges', doubling(40), `${merges}21, column 3`],
    ['loop', 'a: &a {x: 1, <<: *a}\n', `${itself}1, column 14`],
    ['wide loop', 'a: &a {b: [{<<: [*a]}]}\n', `${itself}1, column 13`],
    ['levels', `a: ${'['.repeat(10_000)}`, /^has more than 100 levels at /],
    [
      'aliases',
      `a: &a 1\nb:\n${'- *a\n'.repeat(5_001)}`,
      'uses more than 5,000 aliases at line 2, column 1',
    ],
  ] as const) {
    const faults = overlayFaults(overlays([text, 'b: 1\n']))
    t.match(faults, [{ name: '10.yaml', fault }], what)
    t.equal(faults.length, 1)
  }
})

t.test('the limit is for all files together', async t => {
  const half = `${'# x\n'.repeat(20_000)}`
  t.same(overlayFaults(overlays([half])), [])
  t.same(overlayFaults(overlays(['a: 1\n', half, half, half])), [
    { name: '13.yaml', fault: tooMuch(9_999, 1) },
  ])
})

t.test('merges and aliases are limited in all files together', async t => {
  const merging = (name: string): string =>
    doubling(8).replaceAll(/k(?=\d)/g, name)
  t.same(overlayFaults(overlays([merging('a')])), [])
  t.same(overlayFaults(overlays(['a', 'b', 'c', 'd'].map(merging))), [
    {
      name: '12.yaml',
      fault:
        'merges too much: cook reads at most 10,000 merged keys and values ' +
        'of all files together',
    },
  ])
  const using = (name: string): string =>
    `${name}: &${name} 1\nuses_${name}:\n${`- *${name}\n`.repeat(2_600)}`
  t.same(overlayFaults(overlays([using('a')])), [])
  t.same(overlayFaults(overlays(['a', 'b', 'c'].map(using))), [
    {
      name: '11.yaml',
      fault:
        'uses too many aliases: cook reads at most 5,000 aliases of all ' +
        'files together',
    },
  ])
})

t.test('files that are accepted together are read as one text', async t => {
  const merging = [...'abcdefgh'].map(name =>
    doubling(8).replaceAll(/k(?=\d)/g, name),
  )
  const areAccepted = merging.map((_, index) => {
    const files = overlays(merging.slice(0, index + 1))
    const isAccepted = overlayFaults(files).length === 0
    const text = isAccepted ? layOver(base, files) : base
    t.doesNotThrow(() => readKeys([{ name: '', text }]), `${index + 1} files`)
    return isAccepted
  })
  t.equal(areAccepted.at(0), true)
  t.equal(areAccepted.at(-1), false)
})

t.test('a long text of base64 is read', async t => {
  const text = 'AAAA'.repeat(100_000)
  t.same(overlayFaults(overlays([`a: !!binary ${text}\n`])), [])
  const fault = /^has a tag that cook does not support/
  for (const odd of ['A', 'AA=', 'A===', 'AA=A', 'AAAA=', '====', '=AAA']) {
    const faults = overlayFaults(overlays([`a: !!binary ${text}${odd}\n`]))
    t.match(faults, [{ fault }], odd)
  }
})

t.test('a text that is too long to be read by cook is refused', async t => {
  const text = `a: 1\n${'\n'.repeat(300_000)}`
  t.throws(() => readKeys(overlays([text])), /^has too many lines and values$/)
})

/** Texts that are within the limits, but nearly too large. */
const largest: Readonly<Record<string, string>> = {
  keys: Array.from({ length: 24_000 }, (_, i) => `k${i}: ${i}\n`).join(''),
  list: `a:\n${'- x\n'.repeat(33_000)}`,
  'list on a line': `a: [${'x,'.repeat(49_000)}]\n`,
  levels: `a: [${`${'['.repeat(97)}${']'.repeat(97)},`.repeat(500)}]\n`,
  anchors:
    Array.from({ length: 12_000 }, (_, i) => `k${i}: &a${i} 1\n`).join('') +
    `z:\n${'- *a11999\n'.repeat(4_900)}`,
  'lines of a text': `a: |\n${'  x\n'.repeat(98_000)}`,
  comments: `a: 1\n${'# xxxxxxxxxxxxxxxxxxxxxxxxxxxx\n'.repeat(49_000)}`,
  'a long text': `a: "${'x'.repeat(2_000_000)}"\n`,
  spaces: `a: 1${' '.repeat(2_000_000)}\n`,
}

t.test('a text that is nearly too large is read in time', async t => {
  for (const [what, text] of Object.entries(largest)) {
    const took = effortOf(() => {
      const files = overlays([text])
      t.same(overlayFaults(files), [], what)
      readKeys([{ name: '', text: layOver(base, files) }])
    })
    t.ok(took < 8_000, `${what}: ${took} ms`)
  }
})

t.test('a text that merges without end is not evaluated', async t => {
  for (const text of [doubling(40), 'a: &a {x: 1, <<: *a}\n']) {
    t.throws(() => readKeys(overlays([text])), /^merges without end$/)
  }
  t.match(readKeys(overlays([doubling(5)])), { k5: { x: 1 } })
})
