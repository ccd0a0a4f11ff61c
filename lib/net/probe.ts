import { connect, isIPv6 } from 'node:net'
import { join } from 'node:path'
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

/**
 * In milliseconds. A server that takes longer than this to answer is not healthy
 * yet.
 */
export const patience = 2000

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

/**
 * The path of a socket. A daemon's working directory is /; that of cook may be
 * one where other users can create files.
 */
export const socketPath = ({ socket }: SocketProbe): string => join('/', socket)

/** Where a connection to a listener goes, in the words of node:net. */
export const target = (probe: Probe) =>
  'socket' in probe ? { path: socketPath(probe) } : portTarget(probe)

/** Whether a listener is to be asked by TLS. */
export const isSecure = (probe: Probe): boolean => 'tls' in probe && probe.tls

const urlOf = ({ address, port, tls }: PortProbe): string =>
  `http${tls ? 's' : ''}://${hostPort(address, port)}`

/** A URL, or `unix:` and a path. */
export const probeName = (probe: Probe): string =>
  'socket' in probe ? `unix:${probe.socket}` : urlOf(probe)

/**
 * The fields of a request that say where it comes from. At a socket the server
 * sees no address: Synapse takes it from X-Forwarded-For, and without one it
 * answers 500 wherever it limits the rate of requests. Without
 * X-Forwarded-Proto it logs a warning.
 */
export const originOf = (probe: Probe): Readonly<Record<string, string>> =>
  'socket' in probe
    ? { 'X-Forwarded-For': '127.0.0.1', 'X-Forwarded-Proto': 'https' }
    : {}

/** Whether anything at all listens there. */
export const isTaken = (probe: Probe): Promise<boolean> =>
  new Promise<boolean>(resolve => {
    const socket = connect({ ...target(probe), timeout: patience })
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
