// What listeners answer. Whose they are is in peer.test.ts.

import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { healthFault } from '../../lib/net/answer.ts'
import { isTaken, type Probe } from '../../lib/net/probe.ts'
import { peerAt } from '../small/peer.ts'
import {
  free,
  listening,
  listeningAt,
  listeningRaw,
  listeningSecurely,
  ok,
  silent,
  whyNoIpv6,
} from '../support/listening.ts'
import { timeOf } from '../support/promptly.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

t.jobs = 8

t.test('200 on /health is healthy, and nothing else is', async t => {
  for (const status of [200, 201, 204, 301, 404, 500, 503]) {
    const probe = await listening(t, ({ url }, response) => {
      response.writeHead(url === '/health' ? status : 200).end()
    })
    const fault = status === 200 ? undefined : `answers ${status}`
    t.equal(await healthFault(peerAt(probe)), fault)
  }
})

t.test('a port where nobody listens is not healthy', async t => {
  t.match(await healthFault(peerAt(await free())), /ECONNREFUSED/)
})

t.test('who accepts and does not answer is not healthy', async t => {
  const dribble = await listeningRaw(t, socket => {
    socket.write('HTTP/1.1 200 OK\r\n')
    const more = setInterval(() => socket.write('x: y\r\n'), 100)
    socket.on('close', () => clearInterval(more))
  })
  for (const probe of [await listening(t, silent), dribble]) {
    const time = await timeOf(async () =>
      t.equal(await healthFault(peerAt(probe)), 'no answer'),
    )
    t.ok(time < 3000, 'and does not hold up')
  }
})

t.test('what follows a 200 is not waited for', async t => {
  let closed: Promise<void> | undefined
  const probe = await listening(t, (_, response) => {
    closed = new Promise(resolve => response.on('close', () => resolve()))
    response.writeHead(200).write('O')
  })
  t.equal(await healthFault(peerAt(probe)), undefined)
  // A question ends by itself after 2 s.
  t.ok((await timeOf(async () => closed)) < 1500)
})

t.test('who does not speak HTTP is not healthy', async t => {
  const probe = await listeningRaw(t, socket => socket.write('220 smtp\r\n'))
  t.match(await healthFault(peerAt(probe)), /^answers, but not as HTTP does$/)
  const gone = await listeningRaw(t, socket => socket.destroy())
  t.match(await healthFault(peerAt(gone)), /ends the connection|ECONNRESET/)
})

t.test('TLS is asked by TLS, whoever signed its certificate', async t => {
  const secure = await listeningSecurely(t, ok)
  t.equal(await healthFault(peerAt(secure)), undefined)
  t.match(
    await healthFault(peerAt({ ...secure, tls: false })),
    /ends the connection|RESET/,
  )
  const plain = await listening(t, ok)
  t.match(
    await healthFault(peerAt({ ...plain, tls: true })),
    /^does not answer in TLS: wrong version number$/,
  )
  const busy = await listeningSecurely(t, (_, response) => {
    response.writeHead(503).end()
  })
  t.equal(await healthFault(peerAt(busy)), 'answers 503')
})

t.test('a socket of the file system is asked like a port', async t => {
  const socket = join(temporaryFolder(t, 'probe'), 'x.sock')
  t.equal(await healthFault(peerAt({ socket })), 'does not exist')
  t.equal(await isTaken({ socket }), false)
  let status = 503
  await listeningAt(t, socket, ({ url }, response) => {
    response.writeHead(url === '/health' ? status : 404).end()
  })
  t.equal(await healthFault(peerAt({ socket })), 'answers 503')
  status = 200
  t.equal(await healthFault(peerAt({ socket })), undefined)
  t.equal(await isTaken({ socket }), true)
})

t.test('only at a socket a request says where it comes from', async t => {
  const heard: unknown[] = []
  const note: RequestListener = ({ headers }, response) => {
    heard.push(headers['x-forwarded-for'], headers['x-forwarded-proto'])
    response.end()
  }
  const socket = join(temporaryFolder(t, 'origin'), 'x.sock')
  await listeningAt(t, socket, note)
  t.equal(await healthFault(peerAt({ socket })), undefined)
  t.same(heard.splice(0), ['127.0.0.1', 'https'])
  t.equal(await healthFault(peerAt(await listening(t, note))), undefined)
  t.same(heard, [undefined, undefined])
})

const reached = async (
  t: Test,
  pairs: readonly (readonly [bound: string, asked: string])[],
): Promise<void> => {
  for (const [bound, asked] of pairs) {
    const { port } = await listening(t, ok, { address: bound })
    const probe = { address: asked, port, tls: false }
    t.equal(await healthFault(peerAt(probe)), undefined, `${asked} of ${bound}`)
    t.equal(await isTaken(probe), true, `${asked} of ${bound}`)
  }
}

t.test('all addresses are asked at one', async t => {
  await reached(t, [
    ['127.0.0.1', '0.0.0.0'],
    ['0.0.0.0', '0.0.0.0'],
    // Twisted takes a name for one of IPv4.
    ['127.0.0.1', 'localhost'],
  ])
})

t.test('IPv6 is asked by IPv6', { skip: whyNoIpv6() }, async t => {
  await reached(t, [
    ['::1', '::1'],
    ['::1', '::'],
    ['::', '::'],
  ])
  const { port } = await listening(t, ok, { address: '::1' })
  for (const address of ['0.0.0.0', 'localhost']) {
    const four = { address, port, tls: false }
    t.match(await healthFault(peerAt(four)), /ECONNREFUSED 127\.0\.0\.1/)
    t.equal(await isTaken(four), false)
  }
})

t.test('what is no address is not healthy', async t => {
  const { port } = await free()
  for (const [probe, told] of [
    [{ address: 'no-such-name.invalid', port, tls: false }, /ENOTFOUND|AGAIN/],
    [{ address: 'a\0b', port, tls: true }, /./],
    [{ address: '127.0.0.1', port: 65536, tls: false }, /Port should be/],
  ] satisfies [Probe, RegExp][]) {
    t.match(await healthFault(peerAt(probe)), told)
    t.equal(await isTaken(probe), false)
  }
})

t.test('a question can be given up', async t => {
  const probe = await listening(t, silent)
  const done = new AbortController()
  setTimeout(() => done.abort(), 50)
  const time = await timeOf(async () =>
    t.type(await healthFault(peerAt(probe), done.signal), 'string'),
  )
  t.ok(time < 1500, `${time} ms`)
})
