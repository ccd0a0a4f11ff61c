import t from 'tap'
import type { RecalledControl } from '../../../lib/services/sshd/recall.ts'
import { Secret } from '../../../lib/contract/secret.ts'
import { sshd } from '../../../lib/services/sshd/index.ts'
import type { Step } from '../../../lib/engine/steps/step.ts'
import { hashOf } from '../../../lib/engine/record/made.ts'
import { params } from '../../small/given.ts'
import { hostIn } from '../../small/host-in.ts'

const wanted: RecalledControl = {
  hostKeys: { ed25519: new Secret('one'), ecdsa: new Secret('two') },
  authorizedKeys: 'ssh-ed25519 AAAA me\n',
}

const steps = (found: RecalledControl): Step[] =>
  sshd.steps(params({ CONTROLUSER: 'yes' }), found)

const root = { owner: 'root', group: 'wheel' }
const include = {
  kind: 'line',
  path: '/etc/ssh/sshd_config',
  line: 'Include /etc/ssh/cook.sshd_config',
}
const keys = ['ed25519', 'ecdsa'].map(
  type => `/mnt/matrixdata/ssh/ssh_host_${type}_key`,
)
const service = {
  kind: 'service',
  name: 'sshd',
  aside: true,
  reads: ['/etc/ssh/sshd_config', '/etc/ssh/cook.sshd_config', ...keys],
  pidFile: '/var/run/sshd.pid',
  log: '/var/log/auth.log',
  checks: [],
  forking: 2,
  pidLast: true,
  timeout: 10,
}

const config = `\
# Included at the top of sshd_config. Written by cook: its next run overwrites
# changes to this file.

# Host keys on the data set: a new jail keeps them

HostKey "${keys[0]}"
HostKey "${keys[1]}"

# CONTROLUSER: login by key only; sshd refuses keys that others can change

StrictModes yes

Match User "control"
	PubkeyAuthentication yes
	AuthorizedKeysFile "/mnt/matrixdata/ssh/authorized_keys" \
".ssh/authorized_keys"
	AuthenticationMethods publickey
	PasswordAuthentication no
	KbdInteractiveAuthentication no
`

t.test('sshd is wanted only for a control user', async t => {
  for (const [controlUser, wanted] of [
    ['yes', true],
    ['no', false],
  ] as const) {
    t.equal(sshd.wanted(params({ CONTROLUSER: controlUser })), wanted)
  }
  t.equal(sshd.wanted({}), false, 'nor if the parameter is unknown')
})

t.test('the steps are the user, its home, its keys and its sshd', async t => {
  const all = steps(wanted)
  t.strictSame(all.slice(0, -1), [
    {
      kind: 'user',
      name: 'control',
      comment: 'control user',
      home: '/mnt/matrixdata/control',
      shell: '/bin/sh',
      groups: ['wheel'],
    },
    {
      kind: 'dir',
      path: '/mnt/matrixdata/control',
      owner: 'control',
      group: 'control',
      mode: 0o750,
    },
    { kind: 'dir', path: '/mnt/matrixdata/ssh', ...root, mode: 0o755 },
    ...keys.map((path, index) => ({
      kind: 'file',
      path,
      content: Object.values(wanted.hostKeys)[index],
      ...root,
      mode: 0o600,
    })),
    {
      kind: 'file',
      path: '/mnt/matrixdata/ssh/authorized_keys',
      content: 'ssh-ed25519 AAAA me\n',
      ...root,
      mode: 0o644,
    },
    {
      kind: 'file',
      path: '/etc/ssh/cook.sshd_config',
      content: config,
      ...root,
      mode: 0o644,
    },
    { ...include, place: 'first' },
    { kind: 'rcvar', name: 'sshd_enable', value: 'YES' },
  ])
  t.match(all.at(-1), { ...service, proof: { of: service.reads } })
})

t.test('without keys no file of keys is written', async t => {
  const paths = (found: RecalledControl) =>
    steps(found).flatMap(step => ('path' in step ? [step.path] : []))
  t.same(
    paths({ ...wanted, authorizedKeys: undefined }),
    paths(wanted).filter(path => !path.endsWith('/authorized_keys')),
  )
})

t.test('what an older cook created is recognized by its comment', async t => {
  const own = '/etc/ssh/cook.sshd_config'
  const was = (by: string) => `# sshd_enable was set by cook: ${by}\n`
  for (const [text, enabled, before] of [
    [was('yes'), false, 'NO'],
    [was('no'), true, 'YES'],
    ['', true, 'YES'],
  ] as const) {
    const found = sshd.formerly?.(hostIn(t, { [own]: text }), [])
    t.same(found?.made, [
      { kind: 'file', path: own, hashes: [hashOf(text)] },
      { kind: 'line', path: include.path, line: include.line },
      { kind: 'rcvar', name: 'sshd_enable', values: ['YES'], before },
      { kind: 'service', name: 'sshd', enabled },
    ])
  }
  t.equal(sshd.formerly?.(hostIn(t, { '/tmp/x': '' }), []), undefined)
})
