import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { authorizedKeysFaults } from '../../lib/formats/authorized-keys.ts'
import { newHostKey } from '../../lib/services/sshd/host-key.ts'
import { sshNumber, sshString } from '../../lib/formats/ssh-wire.ts'

const skip = existsSync('/usr/bin/ssh-keygen') ? false : 'no ssh-keygen'

const key = (type: string, ...parts: (string | Buffer)[]): string => {
  const blob = Buffer.concat([type, ...parts].map(sshString))
  return `${type} ${blob.toString('base64')}`
}

const ed25519 = key('ssh-ed25519', Buffer.alloc(32, 7))
const sk = key('sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 7), 'ssh:me')

const unknown =
  'begins neither with a key type nor with options that sshd knows'
const none = 'is not a public key (key type, base64, comment)'

t.test('lines that sshd accepts are accepted', async t => {
  for (const text of [
    ed25519,
    `${ed25519}\n`,
    `${ed25519} a comment "with" things, and more\n`,
    `# keys\n\n   \n\t${ed25519}\t \tme\n#\n`,
    `${ed25519} me\r\n${sk}\r\n`,
    sk,
    `restrict ${ed25519}`,
    `RESTRICT,Pty,no-X11-forwarding ${ed25519}`,
    `no-touch-required,verify-required ${sk}`,
    `command="echo \\"a b\\", c \\\\ # d",no-pty\t${ed25519}`,
    `cert-authority,principals="a,b" ${ed25519}`,
    `from="10.0.0.0/8,!10.1.1.1,*.example.com" ${ed25519}`,
    `permitopen="a:1",permitopen="[::1]:2",permitlisten="8080" ${ed25519}`,
    `environment="A=b c",expiry-time="20300101Z",tunnel="0" ${ed25519}`,
  ]) {
    t.same(authorizedKeysFaults(text), [], text)
  }
})

t.test('lines that sshd ignores are errors', async t => {
  for (const [line, fault] of [
    ['hello', none],
    ['AAAAC3NzaC1lZDI1NTE5AAAAIOFx6OLwL9MbkD3mnMsv', none],
    ['ssh-ed25519', 'has a damaged or incomplete key (ssh-ed25519)'],
    [ed25519.slice(0, -4), 'has a damaged or incomplete key (ssh-ed25519)'],
    [ed25519.slice(0, -1), 'has a damaged or incomplete key (ssh-ed25519)'],
    [
      ed25519.replace('AAAAC3', 'AAAAD3'),
      'has a damaged or incomplete key (ssh-ed25519)',
    ],
    [
      ed25519.replace('ssh-ed25519', 'ssh-rsa'),
      'has a damaged or incomplete key (ssh-rsa)',
    ],
    [
      ed25519.replace('AC3', 'A#3'),
      'has a damaged or incomplete key (ssh-ed25519)',
    ],
    ['ssh-dss AAAAB3NzaC1kc3M=', 'has a DSA key, which sshd no longer accepts'],
    ['no-pty ssh-dss AAAA', 'has a DSA key, which sshd no longer accepts'],
    [`constructor ${ed25519}`, unknown],
    [`constructor ${ed25519.slice(12)}`, none],
    [`no-pty,, ${ed25519}`, unknown],
    [`no-pty, ${ed25519}`, unknown],
    [`no-pty, pty ${ed25519}`, none],
    [`no-restrict ${ed25519}`, unknown],
    [`command ${ed25519}`, unknown],
    [`command=ls ${ed25519}`, unknown],
    [`command="ls"x ${ed25519}`, unknown],
    [`pty="x" ${ed25519}`, unknown],
    [`command="ls ${ed25519}`, none],
    [`command="ls\\" ${ed25519}`, none],
    [`-----BEGIN ${ed25519}`, unknown],
    [`\u00a0${ed25519}`, none],
    [`${ed25519} \u0007`, 'contains a control character'],
  ] as const) {
    t.same(authorizedKeysFaults(`\n# x\n${line}\n`), [`line 3 ${fault}`], line)
  }
})

t.test('only the wrong lines are reported', async t => {
  const text = `a\n${ed25519}\nb\n`
  t.same(authorizedKeysFaults(text), [`line 1 ${none}`, `line 3 ${none}`])
})

t.test('a file without a key, or with a private key, is an error', async t => {
  for (const text of ['', '\n', '# ssh-ed25519\n', ' \t\r\n']) {
    t.same(authorizedKeysFaults(text), ['contains no public key'])
  }
  const text = newHostKey('ed25519')
  t.same(authorizedKeysFaults(text + ed25519), [
    'contains a private key: leave only public keys in it',
  ])
})

t.test('OpenSSH accepts the same keys', { skip }, async t => {
  const folder = t.testdir()
  const takes = (line: string): boolean =>
    spawnSync('ssh-keygen', ['-l', '-f', '-'], { input: `${line}\n` })
      .status === 0
  for (const [name, ...args] of [
    ['ed25519', '-t', 'ed25519'],
    ['rsa', '-t', 'rsa', '-b', '2048'],
    ['p256', '-t', 'ecdsa', '-b', '256'],
    ['p384', '-t', 'ecdsa', '-b', '384'],
    ['p521', '-t', 'ecdsa', '-b', '521'],
  ] as const) {
    const path = `${folder}/${name}`
    execFileSync('ssh-keygen', ['-q', ...args, '-N', '', '-f', path])
    const line = readFileSync(`${path}.pub`, 'utf8').trim()
    const [type, base64 = ''] = line.split(' ')
    t.ok(takes(line))
    t.same(authorizedKeysFaults(line), [], name)
    const half = Math.floor(base64.length / 8) * 4
    for (const wrong of [
      ...[half, base64.length - 8, base64.length - 4].map(length =>
        base64.slice(0, length),
      ),
      ...(base64.endsWith('=') ? [base64.replace(/=+$/, '')] : []),
    ]) {
      t.notOk(takes(`${type} ${wrong}`))
      t.equal(authorizedKeysFaults(`${type} ${wrong}`).length, 1, name)
    }
  }
})

t.test('an RSA key has at least 1024 bits', async t => {
  const rsa = (bytes: number): string => {
    // A number in SSH's encoding, without the length that `key` adds.
    const number = sshNumber(Buffer.alloc(bytes, 0xff)).subarray(4)
    return key('ssh-rsa', Buffer.of(1, 0, 1), number)
  }
  t.same(authorizedKeysFaults(rsa(128)), [])
  t.same(authorizedKeysFaults(rsa(127)), [
    'line 1 has an RSA key of 1016 bits: sshd requires at least 1024',
  ])
})

t.test('keys of security keys are checked too', async t => {
  const type = 'sk-ecdsa-sha2-nistp256@openssh.com'
  const point = Buffer.alloc(65, 4)
  t.same(authorizedKeysFaults(key(type, 'nistp256', point, 'ssh:')), [])
  for (const parts of [
    ['nistp256', point],
    ['nistp384', point, 'ssh:'],
    ['nistp256', point.subarray(1), 'ssh:'],
    ['nistp256', point, 'ssh:', 'more'],
  ]) {
    t.same(authorizedKeysFaults(key(type, ...parts)), [
      `line 1 has a damaged or incomplete key (${type})`,
    ])
  }
})
