import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { day, organisation, type Names } from './certificate.ts'
import { isIP } from './ip.ts'
import { isUnspecified } from './server-name.ts'

/** A self-made certificate is renewed when fewer days than this are left. */
export const renewal = 30

/** A certificate that stands on the data set, and what is to be done. */
export type Judgement =
  | { state: 'good'; daysLeft: number; ours: boolean }
  | { state: 'renew'; reason: string }
  | { state: 'fault'; message: string }

/** A private key in PEM, or why it is none. */
export const readCertificateKey = (pem: string): KeyObject | string => {
  if (/ENCRYPTED/.test(pem)) {
    return 'is encrypted, and Synapse cannot ask for its password'
  }
  try {
    return createPrivateKey(pem)
  } catch {
    return 'is not a private key in PEM'
  }
}

const readCertificate = (pem: string): X509Certificate | string => {
  try {
    return new X509Certificate(pem)
  } catch {
    return 'is not a certificate in PEM'
  }
}

// Other servers look at the subject alternative names alone (RFC 9525,
// section 2), and so would refuse a common name.
const covers = (certificate: X509Certificate, name: string): boolean =>
  isIP(name) === 0
    ? certificate.checkHost(name, { subject: 'never' }) !== undefined
    : certificate.checkIP(name) !== undefined

const date = (time: Date): string => time.toISOString().slice(0, 10)

/**
 * Judges the certificate (the first of its file) that stands beside a key. A
 * supplied one is used as it is or is a fault; one of cook's own is renewed
 * when it does not fit any more.
 */
export const judgeCertificate = (
  pem: string,
  key: KeyObject,
  names: Names,
  now: Date,
): Judgement => {
  const certificate = readCertificate(pem)
  if (typeof certificate === 'string') {
    return { state: 'fault', message: certificate }
  }
  const from = new Date(certificate.validFrom)
  const to = new Date(certificate.validTo)
  const daysLeft = (to.getTime() - now.getTime()) / day
  const wanted = [names.host, ...names.addresses.filter(a => !isUnspecified(a))]
  const ours =
    certificate.subject === certificate.issuer &&
    certificate.subject.split('\n').includes(`O=${organisation}`)
  if (!certificate.checkPrivateKey(key)) {
    return ours
      ? { state: 'renew', reason: 'does not fit its key' }
      : { state: 'fault', message: 'does not fit the key beside it' }
  }
  if (ours) {
    const missing = wanted.find(name => !covers(certificate, name))
    const reason =
      missing !== undefined
        ? `does not name ${missing}`
        : daysLeft < renewal
          ? `expires on ${date(to)}`
          : undefined
    return reason === undefined
      ? { state: 'good', daysLeft, ours }
      : { state: 'renew', reason }
  }
  const message =
    daysLeft <= 0
      ? `has expired on ${date(to)}`
      : from > now
        ? `is not valid before ${date(from)}`
        : covers(certificate, names.host)
          ? undefined
          : `is not for ${names.host} (subject alternative names)`
  return message === undefined
    ? { state: 'good', daysLeft, ours }
    : { state: 'fault', message }
}
