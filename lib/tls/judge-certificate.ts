import {
  createPrivateKey,
  type KeyObject,
  type X509Certificate,
} from 'node:crypto'
import { day, organisation, type Names } from './certificate.ts'
import { isIP } from '../formats/ip.ts'
import { readCertificates } from '../formats/pem.ts'
import { isUnspecified } from '../formats/server-name.ts'

/** A self-signed certificate is renewed when fewer days than this are left. */
export const renewal = 30

// Security level 2 of OpenSSL, its default since 3.2.
const shortest = 2048

/** The result for a certificate on the data set. */
type Judgement =
  | { state: 'good'; ours: boolean; daysLeft: number; warning?: string }
  | { state: 'renew'; reason: string }
  | { state: 'fault'; message: string }

/** A private key from PEM, or the error. */
export const readCertificateKey = (pem: string): KeyObject | string => {
  if (/ENCRYPTED/.test(pem)) {
    return 'is encrypted: Synapse cannot ask for its passphrase'
  }
  try {
    const key = createPrivateKey(pem)
    const bits = key.asymmetricKeyDetails?.modulusLength
    return bits !== undefined && bits < shortest
      ? `is an RSA key of ${bits} bits: OpenSSL requires at least ${shortest}`
      : key
  } catch {
    return 'is not a PEM private key'
  }
}

/** The first certificate of a file, if the others are valid too. */
const readCertificate = (pem: string): X509Certificate | string => {
  const certificates = readCertificates(pem)
  return typeof certificates === 'string'
    ? certificates
    : (certificates[0] ?? 'is not a PEM certificate')
}

// Other servers check only the subject alternative names and ignore the common
// name (RFC 9525, section 2).
const covers = (certificate: X509Certificate, name: string): boolean =>
  isIP(name) === 0
    ? certificate.checkHost(name, { subject: 'never' }) !== undefined
    : certificate.checkIP(name) !== undefined

const date = (time: Date): string => time.toISOString().slice(0, 10)

/**
 * Checks the certificate (the first of its file) that belongs to a key. A
 * supplied one is used as it is, or is an error. One of cook's own is renewed
 * when it is no longer valid.
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
  const tooEarly = `is not valid before ${date(from)}`
  if (!certificate.checkPrivateKey(key)) {
    return ours
      ? { state: 'renew', reason: 'does not match its key' }
      : { state: 'fault', message: 'does not match the key beside it' }
  }
  if (ours) {
    const missing = wanted.find(name => !covers(certificate, name))
    const reason =
      missing !== undefined
        ? `does not name ${missing}`
        : daysLeft < renewal
          ? `expires on ${date(to)}`
          : undefined
    // Not renewed: the clock may be wrong, as it can be while a machine boots.
    // Once the clock is set, a new certificate would have expired.
    const warning =
      from > now
        ? { warning: `${tooEarly}: if the clock is right, remove it` }
        : {}
    return reason === undefined
      ? { state: 'good', ours, daysLeft, ...warning }
      : { state: 'renew', reason }
  }
  const message =
    daysLeft <= 0
      ? `expired on ${date(to)}`
      : from > now
        ? tooEarly
        : covers(certificate, names.host)
          ? undefined
          : `is not for ${names.host} (subject alternative names)`
  const warning =
    daysLeft < renewal
      ? { warning: `expires on ${date(to)}: supply a new one` }
      : {}
  return message === undefined
    ? { state: 'good', ours, daysLeft, ...warning }
    : { state: 'fault', message }
}
