import t from 'tap'
import { readEnvFile } from '../../lib/formats/env-file.ts'
import { show } from '../../lib/contract/report.ts'
import { effortOf } from '../support/promptly.ts'

const read = (text: string) => {
  const { values, wrong } = readEnvFile(text)
  return { ...Object.fromEntries(values), ...(wrong && { wrong }) }
}

t.test('spaces and comments around a value are not part of it', async t => {
  for (const [line, value] of [
    ['export "A=no"', 'no'],
    ['export "A=say \\"2\\" # $x \\n"', 'say "2" # $x \\n'],
    ['export "A=C:\\x\\\\"y"', 'C:\\x\\"y'],
    ["export A='it'\\''s'", "it's"],
    ["A='it'\\''s'", "it's"],
    ["A = 'it'\\''s\nit'", "it's\nit"],
    ["A=''\\'''", "'"],
    ["A='C:\\'", 'C:\\'],
    ['A="a # \'b"', "a # 'b"],
    ['A="a\nb"', 'a\nb'],
    ['A="a\\nb"', 'a\nb'],
    ['A=`"\'`', '"\''],
    ['A=a b', 'a b'],
    ["A=it's", "it's"],
    ["A=\\' # x", "\\'"],
    ['A=C:\\', 'C:\\'],
    ['A=', ''],
    ['A=""', ''],
    ['export A=b', 'b'],
    ['export \t A = b', 'b'],
  ] as const) {
    const isCommentable = !line.endsWith("\\'")
    for (const end of [
      '',
      ' ',
      '\t \r',
      ...(isCommentable ? [' # "it\'s`'] : []),
    ]) {
      for (const start of ['', ' \t']) {
        const text = `${start}${line}${end}\nB='c'\nexport "D=e"\nF="g"\n`
        const wanted = { A: value, B: 'c', D: 'e', F: 'g' }
        t.same(read(text), wanted, show(text))
      }
    }
  }
})

t.test('an ambiguous line is reported', async t => {
  for (const line of [
    'export "A=no" x',
    'export "A=no"#x',
    'export "A=a\\" ',
    'export "A=a\\" # x',
    'export "A=b"c"',
    'export "A-B=c"',
    "export 'A=b'",
    'set A=b',
    'A',
    'A: b',
    'A B=c',
    "A='a#b",
    "A='a'b",
    "A='a' b",
    "A='a'#b",
    "A='a'\\''b",
    "A='a\\'b'",
    "A='a\\' # b'",
    "A='a\\' # b",
    'A="a\\"b"',
    'A="a\\"',
    'A="a\\" # b',
    'A="a"b',
    'A="a',
    'A=`a',
    'A=`a\\`',
    'A=a#b',
    'A=#b',
    'A=a\u00a0',
    'A=a\u2028B=c',
    'A=a\rB=c',
    '$A=b',
    'if true; then',
  ]) {
    for (const rest of ['', '\n', '\nC=d\n']) {
      const wanted = { B: '1', ...(rest.includes('C') && { C: 'd' }), wrong: 3 }
      t.same(read(`B=1\n# x\n${line}${rest}`), wanted, show(line + rest))
    }
  }
  t.same(read('A="x\nB=1\n\nC'), { B: '1', wrong: 1 }, 'the first of several')
})

t.test('the last of several assignments counts', async t => {
  const lines = ['export "A=1"', "A='2'", 'A=3', 'A="4"', ' export "A=5" # x']
  for (const first of lines) {
    for (const second of lines) {
      const [value] = second.match(/\d/) ?? []
      t.same(read(`${first}\n${second}\n`), { A: value }, show(first + second))
    }
  }
})

t.test('no text takes long to read', async t => {
  const bodies = [
    ' ',
    '\t',
    '\\',
    "'",
    '"',
    '`',
    '#',
    ' #',
    "\\'",
    '\\"',
    "'\\''",
    '=',
    'a ',
    'a',
    '\n',
    '"\n',
    "A='x y'z\n",
    'export "A=b\n',
    'export ',
    '\u00a0',
    '\r',
  ]
  const around = [
    ['', ''],
    ['A="', '"x'],
    ["A='", "' x"],
    ['export "A=', '" x'],
    ['A=x', '\u2028'],
  ]
  const slow = bodies.flatMap(body =>
    around.flatMap(([start, end]) => {
      const text = start + body.repeat(60_000 / body.length) + end
      const took = effortOf(() => readEnvFile(text))
      return took < 2000 ? [] : [`${show(start + body)}: ${took} ms`]
    }),
  )
  t.same(slow, [])
})
