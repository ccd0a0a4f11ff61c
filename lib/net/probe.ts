import type { RequestOptions } from 'node:http'
import { connect, isIPv6 } from 'node:net'
import { errorMessage } from '../contract/failure.ts'
import { hostPort } from '../formats/ip.ts'

/** A port where a service listens. */
export interface PortProbe {
  address: string
  port: number
  tls: boolean
}

/** A socket of the file system (unix(4)) where a service listens. */
export interface SocketProbe {
  socket: string
}

/** A place where a service listens. */
export type Probe = PortProbe | SocketProbe

// Milliseconds. A server that takes longer than this to answer is not healthy
// yet.
const patience = 2000

/** Where to connect for a listener that is bound to all addresses. */
export const reachable = (address: string): string =>
  address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address

// A name of own settings means what it means to Synapse, which takes whatever
// is no IPv6 address for one of IPv4.
const portTarget = ({ address, port }: PortProbe) => ({
  host: reachable(address),
  port,
  family: isIPv6(address) ? 6 : 4,
})

/** Where a request for a listener goes, in the words of node:http. */
export const target = (probe: Probe) =>
  'socket' in probe ? { socketPath: probe.socket } : portTarget(probe)

/** Whether a listener is to be asked by TLS. */
const isSecure = (probe: Probe): boolean => 'tls' in probe && probe.tls

/** What speaks HTTP with a listener, loaded only when one is asked. */
export const clientFor = (probe: Probe) =>
  isSecure(probe) ? import('node:https') : import('node:http')

const urlOf = ({ address, port, tls }: PortProbe): string =>
  `http${tls ? 's' : ''}://${hostPort(address, port)}`

/** A URL, or `unix:` and a path. */
export const probeName = (probe: Probe): string =>
  'socket' in probe ? `unix:${probe.socket}` : urlOf(probe)

/**
 * Asks a listener for a path.
 * @param signal gives the question up
 * @returns what is wrong, or nothing when it answers 200
 */
export const healthFault = async (
  probe: Probe,
  signal?: AbortSignal,
  path = '/health',
): Promise<string | undefined> => {
  const limit = AbortSignal.timeout(patience)
  const options: RequestOptions & { rejectUnauthorized: boolean } = {
    ...target(probe),
    path,
    agent: false,
    // Whether the certificate is right was judged before; here the question
    // is whether anything answers.
    rejectUnauthorized: false,
    signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
  }
  const { request } = await clientFor(probe)
  const answer = new Promise<string | undefined>(resolve => {
    const asking = request(options, ({ statusCode }) => {
      resolve(statusCode === 200 ? undefined : `answers ${statusCode}`)
      // Its body may never end.
      asking.destroy()
    })
    asking.on('error', ({ message }) =>
      resolve(limit.aborted ? 'no answer' : message.trim()),
    )
    asking.end()
  })
  // What is no address at all is refused before anybody is asked.
  return answer.catch(errorMessage)
}

/** Whether anything at all listens there. */
export const isTaken = (probe: Probe): Promise<boolean> =>
  new Promise<boolean>(resolve => {
    const where = 'socket' in probe ? { path: probe.socket } : portTarget(probe)
    const socket = connect({ ...where, timeout: patience })
    const end = (taken: boolean) => () => {
      socket.destroy()
      resolve(taken)
    }
    socket.on('connect', end(true))
    socket.on('timeout', end(false))
    socket.on('error', end(false))
  }).catch(() => false)

/** Those of them where anything at all listens. */
export const takenOf = async <P extends Probe>(
  probes: readonly P[],
): Promise<P[]> => {
  const taken = await Promise.all(probes.map(isTaken))
  return probes.filter((_, index) => taken[index])
}
