// The kernel says whose process is at the other end of a connection.

import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { hostAt, type Host } from '../../../lib/host/host.ts'
import { exit } from '../../../lib/contract/failure.ts'
import { machine } from '../../small/host-in.ts'
import { whyNoIpv6 } from '../../support/listening.ts'
import { stranger, whyNoStranger } from '../../support/stranger.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { until } from '../../support/until.ts'

t.jobs = 4

const standIn = fileURLToPath(
  new URL('../../jail/bin/sockstat', import.meta.url),
)

const own = { address: '127.0.0.1', port: 54321 }
const peer = { address: '127.0.0.1', port: 8008 }

const passwd =
  'root:*:0:0:\ntoor:*:0:0:\nsynapse:*:198:198:\nnobody:*:65534:65534:\n'

const freebsd = (t: Test, program: string): Host => {
  const root = t.testdir({ etc: { passwd }, bin: { sockstat: program } })
  chmodSync(join(root, 'bin/sockstat'), 0o755)
  const path = `${join(root, 'bin')}:${machine.path}`
  return hostAt(root, { ...machine, platform: 'freebsd', path })
}

/** What this output says. */
const said = (t: Test, output: string) => {
  const host = freebsd(t, '#!/bin/sh\ncat "${0%/*}/output"\n')
  writeFileSync(join(host.root, 'bin/output'), output)
  return host.holdersOf(own, peer)
}

const header =
  'USER     COMMAND    PID   FD PROTO  LOCAL ADDRESS         FOREIGN ADDRESS\n'
const client =
  'root     cook       4100  21 tcp4   127.0.0.1:54321       127.0.0.1:8008\n'
const server = (user: string, command = 'python3.11'): string =>
  `${user.padEnd(8)} ${command.padEnd(10)} 4711  9  tcp4   ` +
  '127.0.0.1:8008        127.0.0.1:54321      \n'
const synapse = { name: 'synapse', uid: 198 }

t.test('sockstat names the user of the other end', async t => {
  for (const [what, output, holders] of [
    ['the server', client + server('synapse'), [synapse]],
    ['with a header', header + client + server('synapse'), [synapse]],
    ['a stranger', client + server('nobody'), [{ name: 'nobody', uid: 65534 }]],
    ['without a name', server('4711'), [{ name: '4711', uid: 4711 }]],
    ['unknown here', server('gone'), [{ name: 'gone', uid: undefined }]],
    [
      'several processes',
      server('root') + server('nobody'),
      [
        { name: 'root', uid: 0 },
        { name: 'nobody', uid: 65534 },
      ],
    ],
    ['another name of root', server('toor'), [{ name: 'toor', uid: 0 }]],
    [
      'not accepted yet, 14',
      client + server('?', '?').replace('4711  9', '?     ?'),
      [],
    ],
    [
      'not accepted yet, 15',
      server('??', '??').replace('4711', '  ??').replace(' 9 ', ' ??'),
      [],
    ],
    ['our own end', client, []],
    ['nothing', '', []],
    ['a command with spaces', server('synapse', 'a b 1 2'), [synapse]],
    ['another port', server('synapse').replace('54321', '54322'), []],
    [
      'another address',
      server('synapse').replace('127.0.0.1:54321', '127.0.0.2:54321'),
      [],
    ],
    ['a listener', server('synapse').replace('127.0.0.1:54321', '*:*'), []],
    ['no connection of TCP', server('synapse').replace('tcp4', 'udp4'), []],
  ] as const) {
    t.strictSame(await said(t, output), holders, what)
  }
})

t.test('a program cannot forge a line by its name', async t => {
  for (const forged of [
    server('nobody', '\nsynapse p'),
    server('nobody', 'x\nsynapse p'),
    server('nobody', '\n\nsynapse '),
  ]) {
    t.match(forged, /^synapse p? .*127\.0\.0\.1:8008 +127\.0\.0\.1:54321 *$/m)
    t.strictSame(await said(t, client + forged), [])
  }
})

t.test('IPv6 is compared as an address', async t => {
  const row = server('synapse').replaceAll('127.0.0.1', 'fe80::1%lo0')
  const host = freebsd(t, `#!/bin/sh\nprintf '%s' '${row}'\n`)
  const at = (address: string, port: number) => ({ address, port })
  const long = 'fe80:0:0:0:0:0:0:1'
  t.strictSame(await host.holdersOf(at(long, 54321), at('fe80::1', 8008)), [
    synapse,
  ])
  t.strictSame(
    await host.holdersOf(at('fe80::2', 54321), at('fe80::1', 8008)),
    [],
  )
})

t.test('who asks while sockstat runs waits for the next one', async t => {
  const host = freebsd(
    t,
    '#!/bin/sh\necho "$@" >>"${0%/*}/calls"\nwhile [ ! -e "${0%/*}/go" ]; do ' +
      'sleep 0.02; done\n',
  )
  const calls = () => host.text('/bin/calls')?.trim().split('\n') ?? []
  const ask = (port: number) => host.holdersOf({ ...own, port }, peer)
  const first = ask(1)
  await until(() => calls().length === 1 && calls()[0] !== '')
  const rest = [ask(2), ask(3), ask(4)]
  writeFileSync(join(host.root, 'bin/go'), '')
  await Promise.all([first, ...rest])
  t.strictSame(calls(), ['-46cqw -P tcp -p 1', '-46cqw -P tcp -p 2,3,4'])
})

t.test('without an answer of the kernel it is a failure', async t => {
  const failing = freebsd(t, '#!/bin/sh\necho "a\nno: kern.file" >&2; exit 1\n')
  await t.rejects(failing.holdersOf(own, peer), {
    exit: exit.unavailable,
    message: 'sockstat: no: kern.file',
  })
  // One failure is not that of who asks next.
  await t.rejects(failing.holdersOf(own, peer), { message: /^sockstat: no/ })
  const silent = freebsd(t, '#!/bin/sh\nexit 2\n')
  await t.rejects(silent.holdersOf(own, peer), { message: 'sockstat: exit 2' })
  const empty = temporaryFolder(t, 'nothing')
  const none = hostAt('/', { ...machine, platform: 'freebsd', path: empty })
  await t.rejects(none.holdersOf(own, peer), {
    exit: exit.unavailable,
    message: 'sockstat: no such file or directory',
  })
})

/** Both ways to ask about real connections. */
const ways = (t: Test): [string, Host][] => [
  ['/proc', hostAt(t.testdir({ etc: { passwd } }), machine)],
  ['sockstat', freebsd(t, `#!/bin/sh\nexec '${standIn}' "$@"\n`)],
]

const skip = whyNoStranger

t.test('the user is the one who has accepted', { skip }, async t => {
  for (const address of ['127.0.0.1', ...(whyNoIpv6() ? [] : ['::1'])]) {
    const where = { host: address, port: 0 }
    const { port, freeze, thaw } = await stranger(t, where)
    for (const [way, host] of ways(t)) {
      freeze()
      const socket = connect(port, address)
      t.teardown(() => socket.destroy())
      await once(socket, 'connect')
      const own = { address, port: socket.localPort! }
      const peer = { address, port }
      t.strictSame(await host.holdersOf(own, peer), [], `${way}: none so far`)
      t.strictSame(
        await host.holdersOf(peer, own),
        [{ name: 'root', uid: 0 }],
        `${way}: the other way round it is this process`,
      )
      thaw()
      await until(async () => (await host.holdersOf(own, peer)).length > 0)
      t.strictSame(
        await host.holdersOf(own, peer),
        [{ name: 'nobody', uid: 65534 }],
        `${way}, ${address}`,
      )
    }
  }
})
