import { execFileSync } from 'node:child_process'
import t from 'tap'
import {
  isEnabled,
  rcSettings,
  rcValue,
  valueIn,
} from '../../lib/formats/rc-conf.ts'
import { hostIn } from '../small/host-in.ts'
import { write } from '../small/service-step.ts'

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
    'x="y";',
    'x=y ; # z',
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

t.test('later files win', async t => {
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
    '/etc/rc.conf.d/sshd/a': 'x=2',
    '/etc/rc.conf.d/sshd/b': 'x=3',
    '/etc/rc.conf.d/sshd/c/d': 'x=4',
  })
  t.equal(rcValue(host, 'sshd', 'x'), '3', 'files of a directory count too')
})

t.test('the files are those that rc.conf(5) names', async t => {
  const host = hostIn(t, {
    '/etc/defaults/rc.conf':
      'x="0"\nrc_conf_files="/etc/rc.conf /etc/rc.conf.more"\n',
    '/etc/rc.conf': 'x="1"\nlocal_startup="/opt/rc.d /opt/etc/rc.d"\n',
    '/etc/rc.conf.local': 'x="not read"\n',
  })
  const at = () => rcSettings(host, 'sshd', ['x']).get('x')?.path
  t.equal(at(), '/etc/rc.conf')
  for (const path of [
    '/etc/rc.conf.more',
    '/etc/rc.conf.d/sshd',
    '/opt/rc.conf.d/sshd',
    '/opt/etc/rc.conf.d/sshd',
  ]) {
    write(host, path, '# x="no"\nx="2"\n')
    t.equal(at(), path)
  }
  write(host, '/usr/local/etc/rc.conf.d/sshd', 'x="not read"\n')
  t.equal(at(), '/opt/etc/rc.conf.d/sshd')
})

t.test('a form that cannot be parsed is found, without a value', async t => {
  for (const text of [
    'x="$y"',
    'y=1; x=2',
    'export x=2',
    'if true; then x=2; fi',
    ': ${x:=2}',
    ': "${x=2}"',
    '{ x=2; }',
  ]) {
    const host = hostIn(t, { '/etc/rc.conf.local': `x="1"\n${text}\n` })
    t.same(
      rcSettings(host, 'sshd', ['x']).get('x'),
      { path: '/etc/rc.conf.local', value: undefined },
      text,
    )
    t.equal(rcValue(host, 'sshd', 'x'), undefined)
  }
  const host = hostIn(t, { '/etc/rc.conf': 'x="1"\nxx=2\n# x=3\ny_x=4\n' })
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
