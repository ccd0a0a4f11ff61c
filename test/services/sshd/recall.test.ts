import t, { type Test } from 'tap'
import type { Host } from '../../../lib/host/host.ts'
import { newHostKey } from '../../../lib/services/sshd/host-key.ts'
import {
  recallControl,
  type RecalledControl,
} from '../../../lib/services/sshd/recall.ts'
import { newReport, renderFault } from '../../../lib/contract/report.ts'
import { reveal } from '../../../lib/contract/secret.ts'
import { sshString } from '../../../lib/formats/ssh-wire.ts'
import { hostIn } from '../../small/host-in.ts'

const keyOf = (byte: number): string => {
  const parts = ['ssh-ed25519', Buffer.alloc(32, byte)].map(sshString)
  return `ssh-ed25519 ${Buffer.concat(parts).toString('base64')}`
}

const [one, two] = [`${keyOf(1)} one`, `${keyOf(2)} two`]
const imported = '/root/importauthkey'
const kept = '/mnt/matrixdata/ssh/authorized_keys'
const passwd = 'root:*:0:0::/root:/bin/sh\ncarol:*:1001:1001::/:/bin/sh\n'

/** The owner and mode that a path seems to have. */
type Looks = Readonly<Record<string, { uid?: number; mode?: number }>>

const jail = (
  t: Test,
  files: Readonly<Record<string, string>>,
  looks: Looks = {},
): Host => {
  const host = hostIn(t, { '/etc/passwd': passwd, ...files }, 0)
  return {
    ...host,
    look: path => {
      const stat = host.look(path)
      const given = { uid: 0, mode: stat?.type === 'dir' ? 0o755 : 0o644 }
      return stat && { ...stat, ...given, ...looks[path] }
    },
  }
}

const recall = (host: Host): { found: RecalledControl; faults: string[] } => {
  const report = newReport()
  const found = recallControl(host, report)
  return { found, faults: report.faults.map(renderFault) }
}

const wanted = (host: Host): RecalledControl => recall(host).found

t.test('keys are imported or kept, as normalized text', async t => {
  for (const [what, files, text] of [
    ['imported', { [imported]: `${one}\n` }, `${one}\n`],
    ['without an end', { [imported]: `# me\n${one}` }, `# me\n${one}\n`],
    [
      'from Windows',
      { [imported]: `\ufeff${one}\r\n${two}\r\n\r\n` },
      `${one}\n${two}\n`,
    ],
    ['kept', { [kept]: `${one}\n${two}\n` }, `${one}\n${two}\n`],
    ['both', { [imported]: one, [kept]: two }, `${one}\n`],
  ] as const) {
    const host = jail(t, files)
    t.same(recall(host).faults, [], what)
    t.equal(wanted(host).authorizedKeys, text, what)
  }
})

t.test('without any key there is a warning', async t => {
  const warning =
    'warning: CONTROLUSER: there is no public key, so nobody can log in as ' +
    'control: put keys into /root/importauthkey'
  const home = '/mnt/matrixdata/control'
  for (const [files, faults] of [
    [{}, [warning]],
    [{ [`${home}/.ssh/id_ed25519`]: '' }, [warning]],
    [{ [`${home}/.ssh/authorized_keys/x`]: '' }, [warning]],
    [{ [`${home}/.ssh/authorized_keys`]: '' }, []],
  ] as const) {
    t.same(recall(jail(t, files)).faults, faults)
    t.equal(wanted(jail(t, files)).authorizedKeys, undefined)
  }
})

t.test('no file in the home is read', async t => {
  const home = '/mnt/matrixdata/control'
  const path = `${home}/.ssh/authorized_keys`
  const host = jail(t, { [path]: 'hello' })
  const seen: string[] = []
  const watching = new Proxy(host, {
    get: (target, name: keyof Host) => {
      const member = target[name]
      return typeof member !== 'function'
        ? member
        : (...args: [string]) => {
            if (String(args[0]).startsWith(home)) {
              seen.push(`${name} ${args[0].slice(home.length)}`)
            }
            return (member as (...all: [string]) => unknown)(...args)
          }
    },
  })
  t.same(recall(watching).faults, [])
  t.same(seen, ['look ', 'look ', 'look /.ssh', 'look /.ssh/authorized_keys'])
})

t.test('all errors are reported at once', async t => {
  const many = Array.from({ length: 8 }, (_, n) => `word${n}\n`).join('')
  const not = 'is not a public key (key type, base64, comment)'
  for (const [what, files, looks, faults] of [
    [
      'an empty file',
      { [imported]: '' },
      {},
      [`error: ${imported}: contains no public key`],
    ],
    [
      'garbage',
      { [imported]: many },
      {},
      [
        ...[1, 2, 3, 4, 5].map(n => `error: ${imported}: line ${n} ${not}`),
        `error: ${imported}: 3 more lines are not public keys`,
      ],
    ],
    [
      'bytes',
      { [`${imported}/x`]: '' },
      {},
      [`error: ${imported}: is a directory, not a file`],
    ],
    ['what was kept', { [kept]: 'x' }, {}, [`error: ${kept}: line 1 ${not}`]],
    [
      'a file for everybody',
      { [imported]: one },
      { [imported]: { mode: 0o666 } },
      [
        `error: ${imported}: is writable by every user of the jail, so any ` +
          'of them could log in: check whose keys it contains and run ' +
          `chmod o-w ${imported}`,
      ],
    ],
    [
      'a mount that others can change',
      { [kept]: one },
      { '/mnt': { mode: 0o775 } },
      [
        'error: /mnt: must be owned by root and not be writable by others, ' +
          'or sshd accepts no key below it: run chown root /mnt && ' +
          'chmod go-w /mnt',
      ],
    ],
    [
      'a mount that root does not own',
      { [kept]: one },
      { '/mnt': { uid: 1001 } },
      [/^error: \/mnt: must be owned by root/],
    ],
    [
      'a home of another user',
      { '/mnt/matrixdata/control/x': '', [kept]: one },
      { '/mnt/matrixdata/control': { uid: 1001 } },
      [
        'error: /mnt/matrixdata/control: is owned by carol (uid 1001) in ' +
          'this jail: change its owner to an unused uid with ' +
          'chown -hR, or move it away',
      ],
    ],
    [
      'host keys',
      {
        [kept]: one,
        '/mnt/matrixdata/ssh/ssh_host_ed25519_key': '',
        '/mnt/matrixdata/ssh/ssh_host_ecdsa_key': 'x',
      },
      {},
      [
        ...['ed25519', 'ecdsa'].map(
          type =>
            `error: /mnt/matrixdata/ssh/ssh_host_${type}_key: is not a private ` +
            'key without a passphrase: restore it from a backup',
        ),
      ],
    ],
  ] as const) {
    const got = recall(jail(t, files, looks)).faults
    t.match(got, faults, what)
    t.equal(got.length, faults.length, what)
  }
})

t.test('a home that no other user owns is not an error', async t => {
  const files = {
    '/mnt/matrixdata/control/x': '',
    [kept]: one,
    '/etc/passwd': `${passwd}control:*:1002:1002::/:/bin/sh\n`,
  }
  for (const uid of [0, 1002, 2345]) {
    const looks = { '/mnt/matrixdata/control': { uid } }
    t.same(recall(jail(t, files, looks)).faults, [])
  }
})

t.test('host keys are created once and kept', async t => {
  const made = wanted(jail(t, { [kept]: one })).hostKeys
  t.not(reveal(made.ed25519), reveal(made.ecdsa))
  t.notMatch(JSON.stringify(made), /PRIVATE/)
  const text = newHostKey('ecdsa')
  const files = { '/mnt/matrixdata/ssh/ssh_host_ecdsa_key': text, [kept]: one }
  const { hostKeys } = wanted(jail(t, files))
  t.equal(reveal(hostKeys.ecdsa), text)
  t.not(reveal(hostKeys.ed25519), reveal(made.ed25519))
})

t.test('without root no user is created, with a warning', async t => {
  const host = { ...jail(t, { [kept]: one }), privileged: false }
  t.same(recall(host).faults, [
    'warning: CONTROLUSER: not root: the user control is not created',
  ])
})

t.test('the live system needs sshd', async t => {
  const files = { [kept]: one }
  const live = (more: Readonly<Record<string, string>> = {}) =>
    recall({ ...jail(t, { ...files, ...more }), live: true }).faults
  t.same(live(), [
    'error: CONTROLUSER: /usr/sbin/sshd is not installed: install FreeBSD-ssh',
  ])
  t.same(live({ '/usr/sbin/sshd': '' }), [])
})
