import { spawnSync } from 'node:child_process'
import t from 'tap'
import { exit, Failure } from '../../lib/contract/failure.ts'
import {
  parsePotEnvironment,
  renderEnvironment,
} from '../../lib/formats/pot-environment.ts'
import { show } from '../../lib/contract/report.ts'
import { randomText } from '../support/random.ts'

const awkward = [
  '"',
  '""',
  '\\',
  '\\\\',
  '\\"',
  '"\\',
  '\\\\"',
  'a\\"b"',
  "'",
  '`',
  '$',
  '$HOME',
  '${HOME}',
  '$(id)',
  '`id`',
  '!',
  '#',
  ' #',
  ';',
  '&',
  '|',
  '=',
  ' x ',
  '\t',
  '',
  '"=',
  'export "A=b"',
  '\u2028',
  '\u2029x"',
  '\ufeff',
  '%0A',
  '\\n',
  'größe 鍵 🔑',
]

t.test('what is written is read back unchanged', async t => {
  const values = new Map(
    [...awkward, ...Array.from({ length: 5000 }, () => randomText(12))].map(
      (text, index) => [`V${index}`, text] as const,
    ),
  )
  const read = parsePotEnvironment(renderEnvironment(values))
  const got = read instanceof Map ? read : new Map()
  t.equal(got.size, values.size)
  const wrong = [...values].filter(([name, text]) => got.get(name) !== text)
  t.same(wrong, [])
})

t.test("pot's notation is written if sh reads the same", async t => {
  t.equal(
    renderEnvironment([
      ['DOMAIN', 'example.com'],
      ['SMTPPASS', `a""b'c`],
      ['SMTPUSER', `a""b'c\\d$e`],
    ]),
    `export "DOMAIN=example.com"\nexport "SMTPPASS=a\\"\\"b'c"\n` +
      `export SMTPUSER='a""b'\\''c\\d$e'\n`,
  )
})

t.test('sh reads the same values and runs nothing', async t => {
  const texts = [
    ...awkward,
    ...Array.from({ length: 500 }, () => randomText(12)),
  ]
  const values = texts.map((text, index) => [`V${index}`, text] as const)
  const names = values.map(([name]) => `"$${name}"`).join(' ')
  const { stdout, status } = spawnSync('/bin/sh', ['-s'], {
    input: `${renderEnvironment(values)}printf '%s\\0' ${names}\n`,
    env: { PATH: '/nonexistent' },
  })
  t.equal(status, 0)
  t.same(stdout.toString().split('\0').slice(0, -1), texts)
})

t.test('a line break is not written', async t => {
  for (const text of ['a\nb', 'a\r', '\n']) {
    t.throws(
      () => renderEnvironment([['A', text]]),
      new Failure(exit.software, 'A contains a line break'),
      JSON.stringify(text),
    )
  }
})

t.test('lines are read as data, never as shell', async t => {
  for (const [text, values] of [
    ['', {}],
    ['export "A=b"', { A: 'b' }],
    ['export "A=b"\r\nexport "B=c"\r\n', { A: 'b', B: 'c' }],
    ['export "A="', { A: '' }],
    ['export "A=b=c"', { A: 'b=c' }],
    ['export "A=$(touch /x) `id` $B"', { A: '$(touch /x) `id` $B' }],
    ['export A=b\nC=d', { A: 'b', C: 'd' }],
    ['export _POT_IP=10.192.0.5', { _POT_IP: '10.192.0.5' }],
    ['export A=', { A: '' }],
    [
      'export _POT_IP_LIST=_POT_IP_0\\ _POT_IP_1',
      {
        _POT_IP_LIST: '_POT_IP_0 _POT_IP_1',
      },
    ],
    [
      'export _POT_NIC_LIST=_POT_NIC_0 _POT_NIC_1\n',
      {
        _POT_NIC_LIST: '_POT_NIC_0 _POT_NIC_1',
      },
    ],
    ['# a comment\n\n  \t\n  # another \u2028 one\nexport A=b\n', { A: 'b' }],
    ['export "A=b\nc"\n', { A: 'b\nc' }],
    ['export "A=b\\"\nc"\nexport "B=d"\n', { A: 'b"\nc', B: 'd' }],
    [
      'export "A=b\\"\nexport "B=c\\"\nexport C=d\n',
      {
        A: 'b\\',
        B: 'c\\',
        C: 'd',
      },
    ],
    // A value with a line break that looks like another variable.
    ...['export B=c', 'export _POT_IP=c', '# c', '', "export B='c'"].map(
      line =>
        [`export "A=b\\"\n${line}\nd"\n`, { A: `b"\n${line}\nd` }] as const,
    ),
    [
      "export A='b'\nexport B='$(id) '\\'' \\ c'\r\nexport C=''",
      {
        A: 'b',
        B: "$(id) ' \\ c",
        C: '',
      },
    ],
    ['export "A=\n\n"\nexport "B=d\\"', { A: '\n\n', B: 'd\\' }],
    ["export A=''\\''\nb'\nexport C=d\n", { A: "'\nb", C: 'd' }],
    [
      "export A='\nexport B=c\n'\r\nexport C='d'",
      {
        A: '\nexport B=c\n',
        C: 'd',
      },
    ],
  ] as const) {
    const parsed = parsePotEnvironment(text)
    const got = parsed instanceof Map ? Object.fromEntries(parsed) : parsed
    t.same(got, values, show(text))
  }
})

t.test('the last of several assignments counts', async t => {
  const lines = ['export "A=1"', "export A='2'", 'export A=3', 'A=4']
  for (const [index, first] of lines.entries()) {
    for (const [other, second] of lines.entries()) {
      const parsed = parsePotEnvironment(`${first}\n${second}\n`)
      t.same(parsed, new Map([['A', String(other + 1)]]), `${index} ${other}`)
    }
  }
})

t.test('an invalid line is reported by its number', async t => {
  for (const [text, line] of [
    ['export "A=b', 1],
    ['export "A=b\nc\n', 1],
    ['export "A=1"\nlines"', 2],
    ['export A=1\n\n# x\nrm -rf /', 4],
    ['export "A=b" x', 1],
    ['export A=b\nexport "B=no" \nexport "C=d"', 2],
    ['export "A=no" # x\nexport "B=c"', 1],
    ['export A=$(id)', 1],
    ['export A=`id`', 1],
    ['export A=b c', 1],
    ['export A=b\\ c', 1],
    ['export _POT_X=$(id)', 1],
    ['export _POT_X="b"', 1],
    ["export A='b", 1],
    ["export A='b'c'", 1],
    ["export A='b\nexport B='c'", 1],
    ["export A='b'$(id)'c'", 1],
    ['export A=b\\', 1],
    ['export A="b"', 1],
    ['export "1A=b"', 1],
    ['export "A-B=c"', 1],
    ['export 1A=b', 1],
    [' export A=b', 1],
    ['export  A=b', 1],
    ['A = b', 1],
    ['A', 1],
    [' x # y', 1],
  ] as const) {
    t.equal(parsePotEnvironment(text), line, JSON.stringify(text))
  }
})
