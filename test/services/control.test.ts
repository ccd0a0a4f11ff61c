import t from 'tap'
import type { RecalledControl } from '../../lib/recall-control.ts'
import type { Recalled } from '../../lib/recall.ts'
import { Secret } from '../../lib/secret.ts'
import { control } from '../../lib/services/control.ts'
import type { Step } from '../../lib/step.ts'
import { params } from '../given.ts'

const recalled: Recalled = {
  signingKey: new Secret(''),
  secrets: { macaroon: new Secret(''), form: new Secret('') },
  tls: undefined,
  overlays: undefined,
}

const steps = (found: RecalledControl | undefined): Step[] =>
  control(params({}), { ...recalled, ...(found ? { control: found } : {}) })

const wanted: RecalledControl = {
  wanted: true,
  hostKeys: { ed25519: new Secret('one'), ecdsa: new Secret('two') },
  authorizedKeys: 'ssh-ed25519 AAAA me\n',
  ours: true,
}

const root = { owner: 'root', group: 'wheel' }
const include = {
  kind: 'line',
  path: '/etc/ssh/sshd_config',
  line: 'Include /etc/ssh/cook.sshd_config',
}
const keys = ['ed25519', 'ecdsa'].map(
  type => `/mnt/matrixdata/ssh/ssh_host_${type}_key`,
)
const sshd = {
  kind: 'service',
  name: 'sshd',
  aside: true,
  reads: ['/etc/ssh/sshd_config', '/etc/ssh/cook.sshd_config', ...keys],
  pidFile: '/var/run/sshd.pid',
  log: '/var/log/auth.log',
  answers: 'ssh',
  probes: [],
  timeout: 10,
}

const config = (ours: boolean): string => `\
# Included at the top of sshd_config. Written by cook: its next run overwrites
# changes to this file.
# sshd_enable was set by cook: ${ours ? 'yes' : 'no'}

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

t.test('nothing is done where there is no control user', async t => {
  t.same(steps(undefined), [])
})

t.test('the user, its home, its keys and its sshd', async t => {
  t.strictSame(steps(wanted), [
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
      content: Object.values(wanted.wanted ? wanted.hostKeys : {})[index],
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
      content: config(true),
      ...root,
      mode: 0o644,
    },
    { ...include, place: 'first' },
    { kind: 'rcvar', name: 'sshd_enable', value: 'YES' },
    {
      ...sshd,
      proof: {
        config: '/etc/ssh/sshd_config',
        includes: '/etc/ssh/cook.sshd_config',
        keys,
      },
    },
  ])
})

t.test('no file of keys is written where there are none', async t => {
  const paths = (found: RecalledControl) =>
    steps(found).flatMap(step => ('path' in step ? [step.path] : []))
  t.same(
    paths({ ...wanted, authorizedKeys: undefined }),
    paths(wanted).filter(path => !path.endsWith('/authorized_keys')),
  )
})

t.test('it is kept in mind that somebody else enabled sshd', async t => {
  const file = steps({ ...wanted, ours: false }).find(
    step => step.kind === 'file' && step.path === '/etc/ssh/cook.sshd_config',
  )
  t.equal(file?.kind === 'file' && file.content, config(false))
})

t.test('what cook did to sshd is taken back, the rest stays', async t => {
  const removal = { kind: 'removal', path: '/etc/ssh/cook.sshd_config' }
  for (const enabled of [true, false]) {
    t.strictSame(steps({ wanted: false, ours: true, enabled }), [
      { ...include, place: 'nowhere' },
      { kind: 'rcvar', name: 'sshd_enable', value: 'NO' },
      { ...sshd, down: true },
      removal,
    ])
  }
  t.strictSame(steps({ wanted: false, ours: false, enabled: true }), [
    { ...include, place: 'nowhere' },
    { ...sshd, reads: ['/etc/ssh/sshd_config'] },
    removal,
  ])
  t.strictSame(steps({ wanted: false, ours: false, enabled: false }), [
    { ...include, place: 'nowhere' },
    removal,
  ])
})
