import { execFileSync, spawnSync } from 'node:child_process'
import t from 'tap'
import { assigning, isPlain, notNames } from '../../lib/formats/rc-syntax.ts'
import { randomText } from '../support/random.ts'

// What sh makes of an assignment to x.
const inSh = (line: string): string =>
  execFileSync('/bin/sh', ['-c', `${line}\nprintf %s "$x"`], {
    encoding: 'utf8',
    env: {},
  })

t.test('a variable gets exactly the value, whatever that is', async t => {
  const some = [
    '',
    'YES',
    'a b',
    '#',
    "it's",
    'a"b$c\\d',
    '`id`',
    '$(id)',
    '\\',
  ]
  for (const value of [
    ...some,
    ...Array.from({ length: 100 }, () => randomText(20)),
  ]) {
    const line = assigning('x', value)
    t.equal(inSh(line), value, line)
    t.ok(isPlain(`${line}\n`), line)
  }
  t.equal(assigning('x', 'YES'), 'x="YES"', 'as sysrc(8) does')
})

t.test('what is plain sh can read', async t => {
  const reads = (text: string): boolean =>
    spawnSync('/bin/sh', ['-n'], { input: text }).status === 0
  for (const text of [
    'x="a"\n# don\'t\ny=\'"\'  # it"s\nz=a#b\n',
    'x="a\\"b"\ny=$x\nz="$x \\$("\n',
    '',
  ]) {
    t.ok(isPlain(text) && reads(text), text)
  }
  for (const text of [
    'v="a"b$c\\d"\n',
    "x='\n",
    'x="a\ny="b"\n',
    'x="a`b"\n',
  ]) {
    t.notOk(isPlain(text) || reads(text), text)
  }
  // As sysrc(8) writes them.
  for (let count = 0; count < 300; count++) {
    const text = `x="${randomText(12)}"\ny="1"\n`
    t.ok(!isPlain(text) || reads(text), text)
  }
})

t.test('what is assigned to but is no name is found', async t => {
  const text = 'x=1\na-b=1\n # c-d=1\n  e.f="2"\n9x=1\nif [ a-b=1 ]; then\n'
  t.same(notNames(text), ['a-b', 'e.f', '9x'])
  t.same(notNames('x_1="a-b=1"\ny=a-b=c\n'), [])
})
