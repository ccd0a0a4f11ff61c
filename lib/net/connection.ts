// The only module that uses TLS and DNS.

import { lookup as lookUp } from 'node:dns/promises'
import { connect as connectTo, isIP, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  checkServerIdentity,
  connect as connectTls,
  type ConnectionOptions,
  type PeerCertificate,
  type TLSSocket,
} from 'node:tls'
import type { Host } from '../host/host.ts'
import { isNamedAsText } from './name-as-text.ts'
import { plain } from '../contract/report.ts'
import { networkTrouble, tlsTrouble, trouble } from './trouble.ts'

/** A time limit, and the message if it is exceeded. */
export interface Time {
  signal: AbortSignal
  /** Rejects when the limit is exceeded. */
  over: Promise<never>
  /** Sets the message from now on; the hint follows the time. */
  waitingFor: (what: string, hint?: string) => void
  end: () => void
}

/**
 * Starts a time limit.
 * @param limit in milliseconds
 * @param ending ends it early
 */
export const startTime = (limit: number, ending: AbortSignal): Time => {
  const controller = new AbortController()
  const { signal } = controller
  let [awaited, hint] = ['', '']
  const timer = setTimeout(() => {
    controller.abort(trouble(`${awaited} within ${limit / 1000} s${hint}`))
  }, limit)
  const end = (): void => {
    clearTimeout(timer)
    ending.removeEventListener('abort', end)
    controller.abort(trouble('was not waited for'))
  }
  ending.addEventListener('abort', end)
  const over = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason)),
  )
  // Nobody handles this rejection after `end`.
  over.catch(() => undefined)
  return {
    signal,
    over,
    waitingFor: (what, more = '') => {
      awaited = what
      hint = more
    },
    end,
  }
}

// In seconds. getent(1) is killed at the caller's time limit or soon after.
const longest = 3

/**
 * The addresses of a name. Neither Node nor Bun can cancel a DNS lookup, and
 * the process does not exit before the answer. So getent(1), which can be
 * killed, goes first: after it the name servers are known to answer.
 */
const addressesOf = async (name: string, host: Host): Promise<string[]> => {
  if (isIP(name) !== 0) {
    return [name]
  }
  const asked = await host
    .run('getent', ['hosts', name], longest)
    .catch(() => undefined)
  if (asked?.late) {
    throw networkTrouble(Object.assign(new Error(), { code: 'EAI_AGAIN' }))
  }
  const found = await lookUp(name, { all: true })
  return found.map(({ address }) => address)
}

const connected = (
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connectTo({ host: address, port })
    const close = (): void => void socket.destroy()
    signal.addEventListener('abort', close)
    socket.on('close', () => signal.removeEventListener('abort', close))
    socket.once('connect', () => resolve(socket))
    socket.on('error', reject)
  })

// As Twisted's HostnameEndpoint does (RFC 8305), in milliseconds.
const stagger = 300

/** The first connection that any of the addresses accepts. */
const firstConnected = async (
  addresses: readonly string[],
  port: number,
  { signal }: Time,
): Promise<Socket> => {
  const rest = new AbortController()
  const open = AbortSignal.any([signal, rest.signal])
  const tries = addresses.map(async (address, index) => {
    await sleep(index * stagger, undefined, { signal: open })
    return connected(address, port, signal)
  })
  try {
    return await Promise.any(tries)
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error
  } finally {
    // A connection that has begun ends with the common time limit.
    rest.abort()
  }
}

/**
 * Connects to a server as Synapse does: by the system's resolver, to whichever
 * of its addresses answers.
 * @throws {Failure} why it cannot be reached
 */
export const connect = async (
  name: string,
  port: number,
  host: Host,
  time: Time,
): Promise<Socket> => {
  time.waitingFor('has a host name that cannot be resolved')
  try {
    const addresses = await addressesOf(name, host)
    const hint = ': is it up, and does a firewall let this jail through?'
    time.waitingFor('does not accept a connection', hint)
    return await firstConnected(addresses, port, time)
  } catch (error) {
    throw networkTrouble(error)
  }
}

/** How Synapse verifies the certificate of a server. */
export interface Trust {
  /** The name that it must have. */
  name: string
  /** The certificates of authorities, in PEM. */
  roots: readonly string[]
  /** The origin of these certificates, for messages. */
  whose: string
  /** What to try if the server does not speak TLS: the end of a message. */
  otherwise: string
  /** Whether the client sends the name (SNI). */
  tellsName: boolean
  /** Whether the common name counts if there is no subjectAltName. */
  takesCommonName: boolean
  /** Why the addresses in a certificate do not count; undefined if they do. */
  noAddresses?: string
}

const longestNames = 200

const shown = (names: string): string =>
  plain(names.replaceAll(/\b(DNS|IP Address):/g, '')).slice(0, longestNames)

/** The error in the names of a certificate. */
export const identityFault = (
  trust: Pick<Trust, 'name' | 'takesCommonName' | 'noAddresses'>,
  certificate: PeerCertificate,
): Error | undefined => {
  const { name, takesCommonName, noAddresses } = trust
  if (noAddresses !== undefined && isIP(name) !== 0) {
    return isNamedAsText(certificate, name) ? undefined : trouble(noAddresses)
  }
  const { subject, subjectaltname } = certificate
  const judged = takesCommonName
    ? certificate
    : { ...certificate, subject: { ...subject, CN: '' } }
  if (checkServerIdentity(name, judged) === undefined) {
    return undefined
  }
  return trouble(
    subjectaltname === undefined && !takesCommonName
      ? 'sends a certificate without a subjectAltName: its common name does ' +
          'not count'
      : `sends a certificate for ${shown(subjectaltname ?? `${subject?.CN}`)}` +
          `, not for ${name}`,
  )
}

/** The same as options of node:tls. */
export const tlsOptions = (trust: Trust): ConnectionOptions => ({
  // Never the certificates that Node or Bun brings, even if this list is empty.
  ca: [...trust.roots],
  servername: trust.tellsName && isIP(trust.name) === 0 ? trust.name : '',
  checkServerIdentity: (_, certificate) => identityFault(trust, certificate),
})

/**
 * Starts TLS on a connection.
 * @throws {Failure} why the handshake failed
 */
export const secure = (
  socket: Socket,
  trust: Trust,
  time: Time,
): Promise<TLSSocket> => {
  time.waitingFor('does not answer in TLS')
  return new Promise((resolve, reject) => {
    const secured = connectTls({ ...tlsOptions(trust), socket }, () =>
      resolve(secured),
    )
    secured.on('error', error =>
      reject(tlsTrouble(error, trust.whose, trust.otherwise)),
    )
  })
}

// OpenSSL's error string: `error:0A00010B:SSL routines:FUNCTION:wrong version
// number:FILE:LINE:`. BoringSSL, which Bun has, writes WRONG_VERSION_NUMBER.
const tlsReason = ({ message }: Error): string => {
  const [, reason = message.trim()] =
    message.match(/error:[^:]*:[^:]*:[^:]*:([^:]+)/) ?? []
  return reason.toLowerCase().replaceAll('_', ' ')
}

/**
 * Starts TLS on a connection to one of the jail's own services. The kernel says
 * whose it is, so any certificate will do.
 * @param servername the name that the client sends (SNI); no address
 */
export const secureOwn = (
  socket: Socket,
  servername = '',
): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const options = { socket, servername, rejectUnauthorized: false }
    const secured = connectTls(options, () => resolve(secured))
    secured.on('error', error =>
      reject(trouble(`does not answer in TLS: ${tlsReason(error)}`)),
    )
    secured.on('close', () => reject(trouble('does not answer in TLS')))
  })
