import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { greetingFault } from '../../lib/net/greeting.ts'
import { peerAt } from '../small/peer.ts'

const listen = async (
  t: Test,
  serve: (socket: Socket) => void,
): Promise<number> => {
  const server = createServer(socket => {
    socket.on('error', () => undefined)
    serve(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

const local = { address: '127.0.0.1', tls: false }

t.test('who greets as SSH does is well', async t => {
  for (const serve of [
    (socket: Socket) => void socket.end('SSH-2.0-OpenSSH_9.9\r\n'),
    (socket: Socket) => void socket.write('SSH-2.0-x\r\n'),
    (socket: Socket) => {
      socket.setNoDelay(true)
      socket.write('SS')
      setTimeout(() => socket.write('H-2.0-x\r\n'), 30)
    },
  ]) {
    const port = await listen(t, serve)
    t.equal(await greetingFault(peerAt({ ...local, port })), undefined)
    const everywhere = { address: '0.0.0.0', tls: false, port }
    t.equal(await greetingFault(peerAt(everywhere)), undefined)
  }
})

t.test('who does not is told', async t => {
  for (const [serve, fault] of [
    [
      (s: Socket) => void s.end('HTTP/1.1 400\r\n'),
      'answers, but not as SSH does',
    ],
    [(s: Socket) => void s.end(), 'ends the connection'],
    [(s: Socket) => void s.end('SSH'), 'ends the connection'],
    [() => undefined, 'does not answer'],
  ] as const) {
    const port = await listen(t, serve)
    t.equal(await greetingFault(peerAt({ ...local, port })), fault)
  }
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  t.match(await greetingFault(peerAt({ ...local, port })), /ECONNREFUSED/)
})
