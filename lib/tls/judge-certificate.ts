import {
  createPrivateKey,
  type KeyObject,
  type X509Certificate,
} from 'node:crypto'
import { day, organisation, type Names } from './certificate.ts'
import { isIP } from '../formats/ip.ts'
import { readCertificates } from '../formats/pem.ts'
import { isUnspecified } from '../formats/server-name.ts'

/** A self-made certificate is renewed when fewer days than this are left. */
export const renewal = 30

// Security level 2 of OpenSSL, its default since 3.2.
const shortest = 2048

/** A certificate that stands on the data set, and what is to be done. */
type Judgement =
  | { state: 'good'; ours: boolean; daysLeft: number; warning?: string }
  | { state: 'renew'; reason: string }
  | { state: 'fault'; message: string }

/** A private key in PEM, or why it is none. */
export const readCertificateKey = (pem: string): KeyObject | string => {
  if (/ENCRYPTED/.test(pem)) {
    return 'is encrypted, and Synapse cannot ask for its password'
  }
  try {
    const key = createPrivateKey(pem)
    const bits = key.asymmetricKeyDetails?.modulusLength
    return bits !== undefined && bits < shortest
      ? `is an RSA key of ${bits} bits: OpenSSL takes none below ${shortest}`
      : key
  } catch {
    return 'is not a private key in PEM'
  }
}

/** The first certificate of a file, if the others are right as well. */
const readCertificate = (pem: string): X509Certificate | string => {
  const certificates = readCertificates(pem)
  return typeof certificates === 'string'
    ? certificates
    : (certificates[0] ?? 'is not a certificate in PEM')
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
  const tooEarly = `is not valid before ${date(from)}`
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
    // Not renewed: where it is the clock that is wrong now, as it may be while a
    // machine starts, the new one would have expired when that is set.
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
      ? `has expired on ${date(to)}`
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
