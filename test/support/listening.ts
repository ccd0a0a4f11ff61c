// Real servers on loopback addresses, closed after their test.

import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import {
  createServer as createTcpServer,
  type AddressInfo,
  type ListenOptions,
  type Server,
  type Socket,
} from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Test } from 'tap'
import { newCertificate, newCertificateKey } from '../../lib/tls/certificate.ts'
import type { PortProbe } from '../../lib/net/probe.ts'

/** Why nothing can listen on ::1 here, or false if it can. */
export const whyNoIpv6 = (): string | false =>
  Object.values(networkInterfaces())
    .flat()
    .some(each => each?.address === '::1')
    ? false
    : 'this machine has no ::1'

export const ok: RequestListener = (_, response) => void response.end('OK')

/** Accepts, and never answers. */
export const silent: RequestListener = () => undefined

const listen = async (
  t: Test,
  server: Server,
  where: ListenOptions,
): Promise<number> => {
  const sockets = new Set<Socket>()
  server.on('connection', socket => {
    sockets.add(socket.on('error', () => undefined))
  })
  t.teardown(() => {
    sockets.forEach(socket => socket.destroy())
    server.close()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, resolve)
  })
  return (server.address() as AddressInfo).port
}

/** An HTTP server, on any free port if none is given. */
export const listening = async (
  t: Test,
  answer: RequestListener,
  { address = '127.0.0.1', port = 0 } = {},
): Promise<PortProbe> => {
  const server = createServer(answer)
  const at = await listen(t, server, { host: address, port })
  return { address, port: at, tls: false }
}

/** An HTTP server on a Unix socket. */
export const listeningAt = async (
  t: Test,
  path: string,
  answer: RequestListener,
): Promise<void> => void (await listen(t, createServer(answer), { path }))

/** An HTTPS server with a certificate of cook. */
export const listeningSecurely = async (
  t: Test,
  answer: RequestListener,
): Promise<PortProbe> => {
  const address = '127.0.0.1'
  const key = newCertificateKey()
  const names = { host: 'matrix.example.com', addresses: [address] }
  const cert = await newCertificate(key, names, new Date())
  const server = createSecureServer({ key, cert }, answer)
  const port = await listen(t, server, { host: address, port: 0 })
  return { address, port, tls: true }
}

/** A TCP server that does not speak HTTP. */
export const listeningRaw = async (
  t: Test,
  greet: (socket: Socket) => void,
): Promise<PortProbe> => {
  const address = '127.0.0.1'
  const server = createTcpServer(greet)
  const port = await listen(t, server, { host: address, port: 0 })
  return { address, port, tls: false }
}

/** A port where nothing listens now. */
export const free = async (address = '127.0.0.1'): Promise<PortProbe> => {
  const server = createTcpServer()
  await new Promise<void>(resolve => server.listen(0, address, resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return { address, port, tls: false }
}
