// What pot 0.16 itself writes for a value, by the same operations of the
// shell: set-env (echo, sed), pot.conf (sed), and at each start (grep, sed).
// COOK_PROOF says of how many values (test/proof/size.ts).

import { spawnSync } from 'node:child_process'
import t from 'tap'
import { parsePotEnvironment } from '../../lib/formats/pot-environment.ts'
import { show } from '../../lib/contract/report.ts'
import { potText } from '../hostile/ways.ts'
import { percent, sized } from '../proof/size.ts'
import { randomText } from '../support/random.ts'

// bash's echo keeps backslashes, as that of FreeBSD's sh does and dash's does
// not. The values come as arguments, and pot has no others.
const script = `
set -e
cd "$1"
shift
for pair in "$@"; do
  escaped="$(echo "$pair" | sed 's%"%\\\\"%g')"
  echo "\\"$escaped\\"" >>given
done
sed 's/.*/pot.env=&/g' given >>pot.conf
grep '^pot.env=' pot.conf | sed 's/^pot.env=/export /g'
echo 'export _POT_NAME=matrix'
echo 'export _POT_IP=10.192.0.5'
`

const written = (t: { testdir: () => string }, pairs: readonly string[]) => {
  const given = ['-c', script, 'bash', t.testdir(), ...pairs]
  const { status, stdout, stderr } = spawnSync('/bin/bash', given, {
    encoding: 'utf8',
    env: { PATH: '/bin:/usr/bin', LC_ALL: 'C.UTF-8' },
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) {
    throw new Error(stderr)
  }
  return stdout
}

const awkward = [
  '',
  ' ',
  '  x  ',
  '"',
  '""',
  '\\',
  '\\\\',
  '\\"',
  '"\\',
  '\\\\"',
  '\\n',
  '\\c',
  "'",
  '`id`',
  '$(id)',
  '$HOME',
  '${HOME}',
  '!',
  '#',
  ' # x',
  ';',
  '&',
  '\\&',
  '\\1',
  '%',
  '=',
  '*',
  '~',
  '-n',
  '-e x',
  'x"=',
  'export "A=b"',
  'pot.env=x',
  '\t',
  '\u00e4\u9375\u{1f511}',
  '\u2028',
  '\u2029x"',
  '\ufeff',
  '\r',
]

const many = sized(150, 5000)

t.test('every value that pot can carry arrives as it was', async t => {
  const values = [
    ...awkward,
    ...Array.from({ length: many }, () => randomText(12)),
  ]
  // Each beside the others, and last, before what pot says of itself.
  for (const end of ['', 'x', '\\', '"', '\\"']) {
    const own = end === '' ? values : awkward.map(each => each + end)
    const text = written(
      t,
      own.map((value, index) => `V${index}=${value}`),
    )
    const pairs = own.map((value, index) => [`V${index}`, value] as const)
    t.equal(text, potText(pairs), 'which other tests write themselves')
    const read = parsePotEnvironment(text)
    const got = read instanceof Map ? read : new Map()
    t.equal(got.size, own.length + 2, `line ${String(read)}`)
    const wrong = own.flatMap((value, index) =>
      got.get(`V${index}`) === value ? [] : [show(value)],
    )
    t.same(wrong, [])
  }
})

// pot takes each line of such a value for a variable: what the shell would
// make of it is another text.
t.test(
  'a value with line breaks is told, and nothing is slipped in',
  async t => {
    const tails = [
      'y',
      '',
      'B=y',
      '"B=y',
      '"',
      '\\"',
      'export "B=y',
      '"\nexport "B=y',
      '"export "B=y',
      '\nB=y\n',
      '#',
      '# y',
      'y\\',
    ]
    const heads = [
      'x"',
      '\\',
      ...(percent === 100 ? ['x', '', '"', '\\"', 'x\\'] : []),
    ]
    for (const head of heads) {
      for (const tail of tails) {
        const value = `${head}\n${tail}`
        const text = written(t, ['A=1', `V=${value}`, 'B=2'])
        const read = parsePotEnvironment(text)
        if (value.endsWith('\n') && !value.trimEnd().includes('\n')) {
          // Those at the end the shell drops before pot sees them.
          t.equal(
            read instanceof Map && read.get('V'),
            value.trimEnd(),
            show(value),
          )
        } else if (read instanceof Map) {
          t.match(read.get('V'), /\n/, show(value))
          t.equal(read.get('A'), '1')
          t.equal(read.get('B'), '2', show(value))
        } else {
          t.ok(read > 1, show(value))
        }
      }
    }
  },
)
