// Connections to a service's own listeners. At its address any user may listen
// while the service does not; so nothing is sent before the kernel has said
// whose process has accepted the connection.

import type {
  ClientRequest,
  OutgoingHttpHeaders,
  RequestOptions,
} from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { listed } from '../contract/report.ts'
import type { Host } from '../host/host.ts'
import type { Holder } from '../host/processes/sockets.ts'
import {
  isSecure,
  originOf,
  socketPath,
  target,
  type Probe,
  type SocketProbe,
} from './probe.ts'
import { trouble } from './trouble.ts'

/** The users whose processes may answer for a service. */
export interface Keepers {
  host: Host
  users: readonly string[]
}

/** A listener, and who may answer there. */
export interface Peer extends Keepers {
  at: Probe
}

// Root needs no line in /etc/passwd.
const uidOf = (user: string, host: Host): number | undefined =>
  user === 'root' ? 0 : host.uid(user)

const uidsOf = ({ users, host }: Keepers): (number | undefined)[] =>
  users.map(user => uidOf(user, host)).filter(uid => uid !== undefined)

const wanted = ({ users }: Keepers): string => `not to ${listed(users)}`

/** @throws {Failure} exit 69 if one of them is a stranger */
const refuseStrangers = (holders: readonly Holder[], peer: Peer): void => {
  const uids = uidsOf(peer)
  const stranger = holders.find(({ uid }) => !uids.includes(uid))
  if (stranger !== undefined) {
    throw trouble(
      `belongs to the user ${stranger.name}, ${wanted(peer)}: ` +
        'stop the process that listens there',
    )
  }
}

const others = 0o022
const sticky = 0o1000

/**
 * A socket of the file system may be that of any user who can create files in
 * its directory, or replace that directory.
 * @throws {Failure} exit 69 if strangers can
 */
const refuseOpenWay = (at: SocketProbe, peer: Peer): void => {
  const uids = [0, ...uidsOf(peer)]
  const way = peer.host.way(socketPath(at))
  if (way === undefined) {
    throw trouble('does not exist')
  }
  for (const { path, stat } of way) {
    const { uid, mode, type } = stat
    if (!uids.includes(uid)) {
      const user = peer.host.userOf(uid) ?? uid
      const whose = type === 'other' ? '' : `lies in ${path}, which `
      throw trouble(`${whose}belongs to the user ${user}, ${wanted(peer)}`)
    }
    // In a sticky directory only the owner replaces what is there.
    if (type === 'dir' && (mode & others) !== 0 && (mode & sticky) === 0) {
      throw trouble(`lies in ${path}, where other users can create files`)
    }
  }
}

// In milliseconds. A process that runs accepts at once.
const [soon, late] = [2, 200]

const ended = 'ends the connection'

/**
 * Waits until a process has accepted the connection.
 * @throws {Failure} exit 69 if it is a stranger's
 */
const refuseStranger = async (
  socket: Socket,
  peer: Peer,
  signal: AbortSignal,
): Promise<void> => {
  const { localAddress, localPort, remoteAddress, remotePort } = socket
  if (!localAddress || !localPort || !remoteAddress || !remotePort) {
    throw trouble(ended)
  }
  const own = { address: localAddress, port: localPort }
  const other = { address: remoteAddress, port: remotePort }
  for (let pause = soon; ; pause = Math.min(2 * pause, late)) {
    const holders = await peer.host.holdersOf(own, other)
    if (holders.length > 0) {
      return refuseStrangers(holders, peer)
    }
    if (socket.destroyed) {
      throw trouble(ended)
    }
    await sleep(pause, undefined, { signal })
  }
}

const connected = (at: Probe, signal: AbortSignal): Promise<Socket> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const socket = connect(target(at))
    const giveUp = (): void => {
      socket.destroy()
      reject(signal.reason)
    }
    signal.addEventListener('abort', giveUp)
    socket.on('close', () => signal.removeEventListener('abort', giveUp))
    socket.once('connect', () => resolve(socket))
    // Later errors are for the user of the connection.
    socket.on('error', reject)
  })

/**
 * Connects to a listener of a service, and makes sure that it is the service
 * which has accepted the connection.
 * @param signal gives it up, and later closes the connection
 * @throws {Failure} exit 69 if another user listens there, or if that cannot be
 *   found out
 */
export const connectTo = async (
  peer: Peer,
  signal: AbortSignal,
): Promise<Socket> => {
  const { at } = peer
  if (!('socket' in at)) {
    const socket = await connected(at, signal)
    await refuseStranger(socket, peer, signal).catch(error => {
      socket.destroy()
      throw error
    })
    return socket
  }
  refuseOpenWay(at, peer)
  const socket = await connected(at, signal)
  try {
    // It may have been replaced in between.
    refuseOpenWay(at, peer)
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** The same, with TLS if the listener speaks TLS. */
export const secured = async (
  peer: Peer,
  signal: AbortSignal,
): Promise<Socket> => {
  const socket = await connectTo(peer, signal)
  return isSecure(peer.at)
    ? (await import('./connection.ts')).secureOwn(socket)
    : socket
}

/**
 * An HTTP request to a listener of a service, ready to be sent.
 * @param signal gives it up
 * @throws as connectTo
 */
export const requestTo = async (
  peer: Peer,
  options: RequestOptions & { headers?: OutgoingHttpHeaders },
  signal: AbortSignal,
): Promise<ClientRequest> => {
  // Not loaded by a run that has nothing to do.
  const { request } = await import('node:http')
  const socket = await secured(peer, signal)
  const { at } = peer
  return request({
    ...('socket' in at ? {} : target(at)),
    ...options,
    headers: { ...originOf(at), ...options.headers },
    createConnection: () => socket,
  })
}
