import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, readdirSync, symlinkSync } from 'node:fs'
import t from 'tap'
import { exit } from '../../../lib/contract/failure.ts'
import type { Host } from '../../../lib/host/host.ts'
import { newStage } from '../../../lib/engine/stage/stage.ts'
import type { RcvarStep } from '../../../lib/engine/steps/step.ts'
import { drift, mend } from '../../../lib/engine/steps/rcvar.ts'
import { differences, picture } from '../../e2e/setting.ts'
import { at, hostIn, mended, whyNotRoot } from '../../small/host-in.ts'
import { refusal } from '../../small/refusal.ts'

const path = '/etc/rc.conf'

const step: RcvarStep = { kind: 'rcvar', name: 'synapse_enable', value: 'YES' }

const mendIn = (host: Host, wanted = step) =>
  mended(host, stage => mend(wanted, host, stage))

/** The values of variables, as sh(1), and so rc(8), reads them. */
const read = (host: Host, ...names: string[]): string[] => {
  const values = names.map(name => `printf '%s\\n' "$${name}"`)
  const script = `. '${at(host, path)}'; ${values.join('; ')}`
  const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' })
  return stdout.split('\n').slice(0, -1)
}

t.test('a variable that is set is found like sh(1) does', async t => {
  for (const text of [
    'synapse_enable="YES"\n',
    'synapse_enable="YES"',
    "synapse_enable='YES'\n",
    'synapse_enable=YES\n',
    'synapse_enable="yes"\n',
    'synapse_enable=Yes\n',
    '  synapse_enable="YES"\n',
    'synapse_enable="YES" # for cook\n',
    'synapse_enable="YES"   \n',
    'synapse_enable=NO\nsynapse_enable="YES"\n',
    'x=1\nsynapse_enable="YES"\ny=2\n',
  ]) {
    const host = hostIn(t, { [path]: text })
    t.equal(drift(step, host), undefined, text)
    t.match(read(host, 'synapse_enable'), [/^yes$/i])
    const before = picture(host.root, [])
    await mendIn(host)
    t.same(differences(before, picture(host.root, [])), [])
  }
})

t.test('a variable that is not set is added, and others stay', async t => {
  const other = 'sshd_flags="-p 22 -o \'X $y\'"\n'
  for (const [text, reason, then] of [
    ['', 'is not YES', 'synapse_enable="YES"\n'],
    [other, 'is not YES', `${other}synapse_enable="YES"\n`],
    ['x=1', 'is not YES', 'x=1\nsynapse_enable="YES"\n'],
    ['# a\n\n\n', 'is not YES', '# a\n\n\nsynapse_enable="YES"\n'],
    [
      'synapse_enable="NO"\nx=1\n',
      'is NO instead of YES',
      'synapse_enable="YES"\nx=1\n',
    ],
    [
      'synapse_enable=YES\nsynapse_enable=NO\n',
      'is NO instead of YES',
      'synapse_enable=YES\nsynapse_enable="YES"\n',
    ],
    [
      '# synapse_enable="YES"\n',
      'is not YES',
      '# synapse_enable="YES"\nsynapse_enable="YES"\n',
    ],
    [
      'xsynapse_enable=YES\nsynapse_enable_x=YES\n',
      'is not YES',
      'xsynapse_enable=YES\nsynapse_enable_x=YES\nsynapse_enable="YES"\n',
    ],
    ['synapse_enable=\n', 'is  instead of YES', 'synapse_enable="YES"\n'],
  ] as const) {
    const host = hostIn(t, { [path]: text })
    t.equal(drift(step, host), reason, text)
    await mendIn(host)
    t.equal(host.text(path), then)
    t.equal(drift(step, host), undefined)
    t.same(read(host, 'synapse_enable'), ['YES'])
  }
})

t.test('a line that cook does not understand stays without effect', async t => {
  for (const line of [
    'synapse_enable=NO; x=1',
    'synapse_enable="$y"; x=1',
    'x=1; y=2 synapse_enable=NO',
    'synapse_enable="N"O; x=1',
    'synapse_enable=NO\\\n; x=1',
    'synapse_enable=`echo NO`; x=1',
    'x=1 # synapse_enable=NO',
    'x=1\nsynapse_enable="YES"#no',
    'x=1\nsynapse_enable=YES\r',
  ]) {
    const host = hostIn(t, { [path]: `${line}\n` })
    t.not(drift(step, host), undefined, line)
    await mendIn(host)
    t.equal(host.text(path), `${line}\nsynapse_enable="YES"\n`)
    t.same(read(host, 'synapse_enable', 'x'), ['YES', '1'])
    t.equal(drift(step, host), undefined)
  }
})

t.test('only for YES and NO the case does not matter', async t => {
  const flags = { ...step, name: 'x_flags', value: '-A' }
  const host = hostIn(t, { [path]: 'x_flags="-a"\n' })
  t.equal(drift(flags, host), 'is -a instead of -A')
  await mendIn(host, flags)
  t.same(read(host, 'x_flags'), ['-A'])
  t.equal(drift(flags, host), undefined)
})

t.test('an earlier value is restored whatever it contains', async t => {
  for (const value of ['a"b', 'a$b', 'a`b', 'a\\b', 'a"b$c\\d `id` # e']) {
    const before = `x_flags='${value}'\n`
    const host = hostIn(t, { [path]: before })
    await mendIn(host, { ...step, name: 'x_flags', value: 'YES' })
    t.same(read(host, 'x_flags'), ['YES'])
    const earlier = { ...step, name: 'x_flags', value }
    await mendIn(host, earlier)
    t.same(read(host, 'x_flags'), [value])
    t.equal(host.text(path), before)
    t.equal(drift(earlier, host), undefined)
  }
})

t.test('a missing rc.conf is created, readable by everybody', async t => {
  const host = hostIn(t, {})
  t.equal(drift(step, host), 'is not YES')
  await mendIn(host)
  t.equal(host.text(path), 'synapse_enable="YES"\n')
  t.equal(host.look(path)?.mode, 0o644)
})

t.test('rc.conf keeps its mode', async t => {
  const host = hostIn(t, { [path]: 'x=1\n' })
  chmodSync(at(host, path), 0o600)
  await mendIn(host)
  t.equal(host.look(path)?.mode, 0o600)
})

t.test('rc.conf keeps its owner', { skip: whyNotRoot }, async t => {
  const host = hostIn(t, { [path]: 'x=1\n' })
  chownSync(at(host, path), 5, 6)
  await mendIn(host)
  t.match(host.look(path), { uid: 5, gid: 6 })
})

t.test('several variables change together', async t => {
  const second = { ...step, name: 'sshd_enable' }
  const host = hostIn(t, { [path]: 'sshd_enable="NO"\nx=1\n' })
  await mended(host, stage => {
    mend(step, host, stage)
    mend(second, host, stage)
    t.equal(host.text(path), 'sshd_enable="NO"\nx=1\n')
    t.equal(drift({ ...step, name: 'x', value: '1' }, host), undefined)
  })
  t.equal(host.text(path), 'sshd_enable="YES"\nx=1\nsynapse_enable="YES"\n')
  t.same(readdirSync(at(host, '/etc')), ['rc.conf'])
})

t.test('leftovers next to rc.conf are removed, and rc.conf stays', async t => {
  const remains = '/etc/.rc.conf.0123456789ab.cook'
  const text = 'synapse_enable="YES"\n'
  const host = hostIn(t, { [path]: text, [remains]: 'x' })
  const reason = `has leftovers of an interrupted run beside ${path}`
  t.equal(drift(step, host), reason)
  const before = host.look(path)
  await mendIn(host)
  t.equal(drift(step, host), undefined)
  t.same(host.look(path), before)
  t.same(readdirSync(at(host, '/etc')), ['rc.conf'])
})

t.test('leftovers are removed together with a change', async t => {
  const remains = '/etc/.rc.conf.0123456789ab.cook'
  const host = hostIn(t, { [path]: 'x=1\n', [remains]: 'x' })
  const given = newStage(host)
  mend(step, host, given)
  given.abandon()
  t.equal(host.text(remains), 'x', 'they stay until the commit')
  await mendIn(host)
  t.same(readdirSync(at(host, '/etc')), ['rc.conf'])
  t.same(read(host, 'synapse_enable', 'x'), ['YES', '1'])
})

t.test('something else in its place ends the run, and stays', async t => {
  const host = hostIn(t, { '/other': 'x=1\n', '/etc/x': '' })
  const isLink = 'is a symbolic link, which cook does not follow here'
  for (const [put, why] of [
    [() => symlinkSync('../other', at(host, path)), isLink],
    [() => spawnSync('mkfifo', [at(host, path)]), 'is not a regular file'],
  ] as const) {
    put()
    t.match(
      refusal(() => drift(step, host)),
      {
        exit: exit.config,
        message: `${path}: ${why}`,
      },
    )
    t.equal(refusal(() => mend(step, host, newStage(host)))?.exit, exit.config)
    host.remove(path)
  }
  t.equal(host.text('/other'), 'x=1\n')
})

t.test('a file that is not UTF-8 is not changed', async t => {
  const latin = Buffer.concat([Buffer.from('# M'), Buffer.from([0xfc, 10])])
  const host = hostIn(t, { [path]: latin })
  const before = picture(host.root, [])
  await t.rejects(mendIn(host), {
    exit: exit.config,
    message: `${path}: is not UTF-8 text, so cook cannot add to it`,
  })
  t.same(differences(before, picture(host.root, [])), [])
  const set = Buffer.concat([latin, Buffer.from('synapse_enable="YES"\n')])
  t.equal(drift(step, hostIn(t, { [path]: set })), undefined)
})
