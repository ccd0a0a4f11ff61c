// Nothing is sent before it is known whose process has accepted a connection.

import { chmodSync, chownSync, mkdirSync, symlinkSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import { hostAt } from '../../lib/host/host.ts'
import { handshakeFault, healthFault } from '../../lib/net/answer.ts'
import { acceptanceFault } from '../../lib/net/answer.ts'
import { greetingFault } from '../../lib/net/greeting.ts'
import { connectTo, requestTo } from '../../lib/net/peer.ts'
import { machine } from '../small/host-in.ts'
import { peerAt } from '../small/peer.ts'
import {
  free,
  listening,
  listeningAt,
  listeningRaw,
  ok,
  whyNoIpv6,
} from '../support/listening.ts'
import { stranger, whyNoStranger } from '../support/stranger.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

t.jobs = 6

const skip = whyNoStranger
const never = () => new AbortController().signal
const at = (port: number, address = '127.0.0.1', tls = false) => ({
  ...{ address, port, tls },
})

t.test("no check takes a stranger's answer", { skip }, async t => {
  const { port, heard } = await stranger(t, { host: '127.0.0.1', port: 0 })
  const fault = /^belongs to the user nobody, not to root: stop the process/
  for (const address of ['127.0.0.1', '0.0.0.0', 'localhost']) {
    const peer = peerAt(at(port, address))
    t.match(await healthFault(peer), fault)
    t.match(await acceptanceFault(peer), fault)
    t.match(await handshakeFault(peer), fault)
    t.match(await greetingFault(peer), fault)
  }
  t.match(await healthFault(peerAt(at(port, '127.0.0.1', true))), fault)
  const both = { ...peerAt(at(port)), users: ['root', 'nobody'] }
  t.equal(heard(), '')
  t.equal(await healthFault(both), undefined)
})

t.test('a relay to the real server is a stranger', { skip }, async t => {
  const { port } = await listening(t, ok)
  const relay = { host: '127.0.0.1', port }
  const { port: before, heard } = await stranger(
    t,
    { ...relay, port: 0 },
    {
      relay,
    },
  )
  t.match(await healthFault(peerAt(at(before))), /the user nobody, not to root/)
  t.equal(heard(), '')
  t.equal(await healthFault(peerAt(at(port))), undefined)
})

t.test('root is a stranger to a service of another user', async t => {
  const { port } = await listening(t, ok)
  const peer = { ...peerAt(at(port)), users: ['nobody'] }
  t.match(await healthFault(peer), /^belongs to the user root, not to nobody/)
  // This user does not exist, so nobody's process is right.
  const none = { ...peer, users: ['no such user'] }
  t.match(await healthFault(none), /^belongs to the user root, not to no such/)
})

t.test('a stranger beside a server of all addresses', { skip }, async t => {
  if (whyNoIpv6() !== false) return
  const { port } = await stranger(t, { host: '127.0.0.1', port: 0 })
  await listening(t, ok, { address: '::1', port })
  t.equal(await healthFault(peerAt(at(port, '::'))), undefined)
  t.match(await healthFault(peerAt(at(port, '0.0.0.0'))), /the user nobody/)
})

t.test('each family finds its server', { skip: whyNoIpv6() }, async t => {
  for (const [bound, asked] of [
    ['::1', '::1'],
    ['::', '::'],
    ['::', '0.0.0.0'],
    ['::', '::ffff:127.0.0.1'],
    ['127.0.0.1', '::ffff:127.0.0.1'],
  ] as const) {
    const { port } = await listening(t, ok, { address: bound })
    const fault = await healthFault(peerAt(at(port, asked)))
    t.equal(fault, undefined, `${asked} of ${bound}`)
  }
})

t.test('who ends the connection is not waited for', async t => {
  const { port } = await listeningRaw(t, socket => socket.destroy())
  await t.rejects(connectTo(peerAt(at(port)), never()), {
    message: 'ends the connection',
  })
})

t.test('if the kernel does not say whose it is, nothing is sent', async t => {
  let asked = 0
  const { port } = await listening(t, (_, response) => {
    asked++
    response.end()
  })
  const path = temporaryFolder(t, 'no-programs')
  const host = hostAt('/', { ...machine, platform: 'freebsd', path })
  const peer = { ...peerAt(at(port)), host }
  t.match(await healthFault(peer), /^sockstat: no such file or directory$/)
  t.equal(asked, 0)
})

t.test('a given up connection is closed', async t => {
  const giving = new AbortController()
  const { port } = await listening(t, ok)
  const socket = await connectTo(peerAt(at(port)), giving.signal)
  giving.abort()
  t.equal(socket.destroyed, true)
  const given = AbortSignal.abort(new Error('given up'))
  await t.rejects(connectTo(peerAt(at((await free()).port)), given), {
    message: 'given up',
  })
})

t.test('a request to a socket says where it comes from', async t => {
  const heard: unknown[] = []
  const socket = join(temporaryFolder(t, 'request'), 'x.sock')
  await listeningAt(t, socket, ({ headers }, response) => {
    heard.push(headers['x-forwarded-for'], headers['authorization'])
    response.end()
  })
  const headers = { authorization: 'Bearer x' }
  const options = { method: 'GET', path: '/', headers }
  const asking = await requestTo(peerAt({ socket }), options, never())
  await once(asking.end(), 'response')
  t.same(heard, ['127.0.0.1', 'Bearer x'])
})

t.test('a socket is as safe as the way to it', { skip }, async t => {
  const top = temporaryFolder(t, 'way')
  chmodSync(top, 0o755)
  const folder = join(top, 'run')
  mkdirSync(folder)
  const socket = join(folder, 'x.sock')
  await listeningAt(t, socket, ok)
  symlinkSync('run', join(top, 'link'))
  const open = /^lies in \/.*, where other users can create files$/
  const foreign = /^lies in \/.*, which belongs to the user nobody, not to root/
  const fault = (path = socket) => healthFault(peerAt({ socket: path }))
  for (const [mode, told] of [
    [0o755, undefined],
    [0o777, open],
    [0o775, open],
    [0o1777, undefined],
  ] as const) {
    chmodSync(folder, mode)
    t.match(await fault(), told ?? undefined, mode.toString(8))
    t.match(await fault(join(top, 'link', 'x.sock')), told, mode.toString(8))
  }
  t.equal(await fault(socket.slice(1)), undefined, 'from / on')
  // As that of Synapse: a group may connect, and creates nothing.
  chownSync(folder, 0, 65534)
  chmodSync(folder, 0o2750)
  t.equal(await fault(), undefined)
  chmodSync(folder, 0o2770)
  t.match(await fault(), open)
  chmodSync(folder, 0o755)
  chownSync(folder, 65534, 65534)
  t.match(await fault(), foreign)
  t.match(await fault(join(top, 'link', 'x.sock')), foreign)
  chownSync(folder, 0, 0)
  chmodSync(top, 0o777)
  t.match(await fault(), open, 'a directory further up')
  chmodSync(top, 0o1777)
  t.equal(await fault(), undefined)
  chownSync(socket, 65534, 65534)
  t.match(await fault(), /^belongs to the user nobody, not to root$/)
})
