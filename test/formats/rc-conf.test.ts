import { execFileSync } from 'node:child_process'
import t from 'tap'
import { isEnabled, rcValue, valueIn } from '../../lib/formats/rc-conf.ts'
import { hostIn } from '../small/host-in.ts'

// What sh makes of a text of assignments.
const inSh = (text: string): string =>
  execFileSync('/bin/sh', ['-c', `${text}\nprintf %s "$x"`], {
    encoding: 'utf8',
    env: {},
  })

t.test('plain assignments mean what they mean to sh', async t => {
  for (const text of [
    'x="YES"',
    "x='a b'",
    'x=NO',
    'x=/a/b-1.c',
    'x=""',
    'x=',
    '  x="y"  # z',
    'x="1"\nx="2"',
    'xx="1"\nx="2"\nxy="3"',
    '# x="1"\nx=2',
  ]) {
    t.equal(valueIn(text, 'x'), inSh(text), text)
  }
})

t.test('other forms are not guessed', async t => {
  for (const text of [
    '',
    'y=1',
    '#x=1',
    'x="$y"',
    'x=`id`',
    'x="a\\"b"',
    'x=$y',
    'x=a"b"',
    "x='a'b",
    'x=1; y=2',
  ]) {
    t.equal(valueIn(text, 'x'), undefined, text)
  }
})

t.test('later files win, and those that are no files do not count', async t => {
  const files = [
    '/etc/rc.conf',
    '/etc/rc.conf.local',
    '/etc/rc.conf.d/sshd',
    '/usr/local/etc/rc.conf.d/sshd',
  ]
  t.equal(rcValue(hostIn(t, {}), 'sshd', 'x'), undefined)
  for (let count = 1; count <= files.length; count++) {
    const some = files.slice(0, count).map((path, n) => [path, `x="${n}"\n`])
    const host = hostIn(t, Object.fromEntries(some))
    t.equal(rcValue(host, 'sshd', 'x'), String(count - 1))
    t.equal(rcValue(host, 'sshd', 'y'), undefined)
  }
  const host = hostIn(t, {
    '/etc/rc.conf': 'x=1',
    '/etc/rc.conf.d/sshd/own': 'x=2',
  })
  t.equal(rcValue(host, 'sshd', 'x'), '1')
})

t.test('enabled is what rc calls so', async t => {
  for (const [value, enabled] of [
    ['YES', true],
    ['yes', true],
    ['True', true],
    ['ON', true],
    ['1', true],
    ['NO', false],
    ['', false],
    ['0', false],
    ['YESNO', false],
  ] as const) {
    const host = hostIn(t, { '/etc/rc.conf': `sshd_enable="${value}"\n` })
    t.equal(isEnabled(host, 'sshd'), enabled, value)
  }
  t.equal(isEnabled(hostIn(t, {}), 'sshd'), false)
})
