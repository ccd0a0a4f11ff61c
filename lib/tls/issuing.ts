// Who signed a certificate.

import type { X509Certificate } from 'node:crypto'
import { show } from '../contract/report.ts'

/** The common name in a subject or an issuer, or all of it, for messages. */
export const commonName = (name: string | undefined): string =>
  show(name?.split('\n').find(part => part.startsWith('CN=')) ?? name ?? '')

/** Whether a certificate is signed by the key of another. */
export const isSignedBy = (
  certificate: X509Certificate,
  issuer: X509Certificate,
): boolean => {
  if (certificate.issuer !== issuer.subject) {
    return false
  }
  try {
    return certificate.verify(issuer.publicKey)
  } catch {
    // A key or an algorithm that OpenSSL does not know.
    return false
  }
}

/** Whether its own key has signed it. */
export const isSelfSigned = (certificate: X509Certificate): boolean =>
  isSignedBy(certificate, certificate)
