import type { X509Certificate } from 'node:crypto'
import { asked } from './answer.ts'
import { secureOwn } from './connection.ts'
import { connectTo, type Peer } from './peer.ts'

/**
 * Whether a listener of a service serves a certificate.
 * @param wanted the certificate
 * @param name the name that the client asks for (SNI), if any
 * @param signal gives it up
 * @returns what is wrong, or undefined if it serves that certificate
 */
export const certificateFault = (
  peer: Peer,
  wanted: Pick<X509Certificate, 'raw' | 'serialNumber'>,
  name?: string,
  signal?: AbortSignal,
): Promise<string | undefined> =>
  asked(async open => {
    const socket = await connectTo(peer, open)
    try {
      const secure = await secureOwn(socket, { servername: name ?? '' })
      const { raw, serialNumber } = secure.getPeerCertificate()
      const other = `serves the certificate with the serial ${serialNumber}`
      return raw?.equals(wanted.raw)
        ? undefined
        : `${other}, not ${wanted.serialNumber}`
    } finally {
      socket.destroy()
    }
  }, signal)
