// The only module that uses TLS.

import { addressesOf } from './dns.ts'
import { X509Certificate } from 'node:crypto'
import { connect as connectTo, isIP, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  checkServerIdentity,
  connect as connectTls,
  type ConnectionOptions,
  type DetailedPeerCertificate,
  type PeerCertificate,
  type TLSSocket,
} from 'node:tls'
import { errorCode } from '../contract/failure.ts'
import type { Host } from '../host/host.ts'
import { isNamedAsText } from './name-as-text.ts'
import { plain } from '../contract/report.ts'
import type { Time } from './time.ts'
import { networkTrouble, tlsTrouble, trouble } from './trouble.ts'

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
 * Starts TLS on a connection and accepts any certificate: to one of the jail's
 * own services, because the kernel says whose that is, or to look at what is
 * served.
 */
export const secureOwn = (
  socket: Socket,
  asking: ConnectionOptions = {},
): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const options = { ...asking, socket, rejectUnauthorized: false }
    const secured = connectTls(options, () => resolve(secured))
    secured.on('error', error =>
      reject(trouble(`does not answer in TLS: ${tlsReason(error)}`)),
    )
    secured.on('close', () => reject(trouble('does not answer in TLS')))
  })

/** The certificates that a server has sent, its own first. */
export interface Served {
  chain: X509Certificate[]
  /** OpenSSL's name of what is wrong with the chain, if anything is. */
  fault: string | undefined
}

// A chain may have a loop; nobody needs a longer one.
const longestChain = 10

const chainOf = (socket: TLSSocket): X509Certificate[] => {
  const found = new Map<string, Buffer>()
  let next: DetailedPeerCertificate | undefined =
    socket.getPeerCertificate(true)
  while (next?.raw !== undefined && found.size < longestChain) {
    const { fingerprint256, raw }: DetailedPeerCertificate = next
    next = found.has(fingerprint256) ? undefined : next.issuerCertificate
    found.set(fingerprint256, raw)
  }
  return [...found.values()].map(each => new X509Certificate(each))
}

/**
 * Starts TLS and looks at the certificates, whatever they are. Their names are
 * not looked at.
 * @param name is sent (SNI), unless it is an address
 * @param roots the authorities to trust, in PEM
 */
export const secureToSee = async (
  socket: Socket,
  name: string,
  roots: readonly string[],
): Promise<{ secured: TLSSocket; served: Served }> => {
  const secured = await secureOwn(socket, {
    ca: [...roots],
    servername: isIP(name) === 0 ? name : '',
    checkServerIdentity: () => undefined,
  })
  // Node has the code as an error in the type, and as a text in fact.
  const error: unknown = secured.authorizationError
  const fault = secured.authorized
    ? undefined
    : (errorCode(error) ?? String(error))
  return { secured, served: { chain: chainOf(secured), fault } }
}
