import {
  createPrivateKey,
  type KeyObject,
  type X509Certificate,
} from 'node:crypto'
import { day, organisation, type Names } from './certificate.ts'
import { isIP } from '../formats/ip.ts'
import {
  holdsPrivateKey,
  readBlocks,
  readCertificates,
} from '../formats/pem.ts'
import { isUnspecified } from '../formats/server-name.ts'
import { isSelfSigned } from './issuing.ts'
import {
  isKeyForm,
  keyIn,
  loadingFault,
  makesSignatures,
  mayNotSign,
  purposeFault,
  servesTls,
  weakness,
} from './loading.ts'

/** A self-signed certificate is renewed when fewer days than this are left. */
export const renewal = 30

/** The result for a certificate on the data set. */
type Judgement =
  | { state: 'good'; ours: boolean; daysLeft: number; warning?: string }
  | { state: 'renew'; reason: string }
  | { state: 'fault'; message: string }

const isKey = /^((RSA|EC|DSA) )?PRIVATE KEY$/

/**
 * A private key from PEM, or the error. Synapse decodes the file as ASCII and
 * OpenSSL takes the first key in it.
 */
export const readCertificateKey = (pem: string): KeyObject | string => {
  if (/ENCRYPTED/.test(pem)) {
    return 'is encrypted: Synapse cannot ask for its passphrase'
  }
  const blocks = readBlocks(pem)
  if (typeof blocks === 'string') {
    return blocks.startsWith('contains an incomplete')
      ? 'is not a PEM private key'
      : blocks
  }
  const block = blocks.find(({ label }) => isKey.test(label))
  const first = block?.pem
  const damaged = blocks.find(each => each.pem === undefined)
  if (first === undefined) {
    return 'is not a PEM private key'
  }
  if (damaged !== undefined) {
    return `contains a damaged block: ${damaged.label}`
  }
  if (/[^\0-\x7f]/.test(pem)) {
    return (
      'contains characters other than ASCII, with which Synapse does not ' +
      'read a key: leave only the key in it'
    )
  }
  try {
    const der = Buffer.from(first.replaceAll(/^-.*/gm, ''), 'base64')
    if (!isKeyForm(block?.label ?? '', der)) {
      return 'is not a PEM private key'
    }
    const key = createPrivateKey(first)
    const weak = weakness(key)
    return weak === undefined ? key : `is ${weak}`
  } catch {
    return 'is not a PEM private key'
  }
}

// Other servers check only the subject alternative names and ignore the common
// name (RFC 9525, section 2).
const covers = (certificate: X509Certificate, name: string): boolean =>
  // Not every library matches a wildcard with itself.
  name.startsWith('*')
    ? (certificate.subjectAltName ?? '').split(', ').includes(`DNS:${name}`)
    : isIP(name) === 0
      ? certificate.checkHost(name, { subject: 'never' }) !== undefined
      : certificate.checkIP(name) !== undefined

const date = (time: Date): string => time.toISOString().slice(0, 10)

const matches = (certificate: X509Certificate, key: KeyObject): boolean => {
  try {
    return certificate.checkPrivateKey(key)
  } catch {
    return false
  }
}

/** Why the certificate and the key do not belong together. */
const mismatch = (
  certificates: readonly X509Certificate[],
  key: KeyObject,
): string | undefined => {
  const at = certificates.findIndex(each => matches(each, key))
  return at === 0
    ? undefined
    : 'does not match the key beside it' +
        (at > 0
          ? `: certificate number ${at + 1} does, so their order is wrong: ` +
            'put that first, and after each the one that signed it'
          : '')
}

/** Why OpenSSL would not load these certificates. */
const unloadable = (
  certificates: readonly X509Certificate[],
): string | undefined =>
  certificates.flatMap((each, index) => {
    const fault = loadingFault(each)
    return fault === undefined
      ? []
      : index === 0
        ? [fault]
        : [`contains a certificate (number ${index + 1}) that ${fault}`]
  })[0]

/** Why a server cannot use a certificate with its key, or undefined. */
const uselessness = (
  certificate: X509Certificate,
  key: KeyObject,
): string | undefined => {
  const own = keyIn(certificate)
  return own === undefined || !servesTls(own)
    ? `is for a key of the type ${key.asymmetricKeyType}, by which TLS servers ` +
        'do not sign'
    : certificate.subject === certificate.issuer && !isSelfSigned(certificate)
      ? 'is damaged: its signature does not match its content'
      : mayNotSign(certificate)
        ? 'is not for TLS servers: its key usage lacks digitalSignature'
        : purposeFault(certificate)
}

/** Why one of cook's own is no longer valid, or undefined. */
const staleness = (
  certificates: readonly X509Certificate[],
  certificate: X509Certificate,
  { host, addresses }: Names,
  daysLeft: number,
): string | undefined => {
  const wanted = [host, ...addresses.filter(each => !isUnspecified(each))]
  const missing = wanted.find(name => !covers(certificate, name))
  return !isSelfSigned(certificate) || unloadable(certificates) !== undefined
    ? 'is damaged'
    : missing !== undefined
      ? `does not name ${missing}`
      : daysLeft < renewal
        ? `expires on ${date(new Date(certificate.validTo))}`
        : undefined
}

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
  const fault = (message: string): Judgement => ({ state: 'fault', message })
  const certificates = readCertificates(pem)
  if (typeof certificates === 'string') {
    return fault(certificates)
  }
  const [certificate] = certificates
  if (certificate === undefined) {
    return fault('is not a PEM certificate')
  }
  if (holdsPrivateKey(pem)) {
    return fault(
      'contains a private key, and every user can read this file: leave only ' +
        'certificates in it',
    )
  }
  const from = new Date(certificate.validFrom)
  const to = new Date(certificate.validTo)
  const daysLeft = (to.getTime() - now.getTime()) / day
  const ours =
    certificate.subject === certificate.issuer &&
    certificate.subject.split('\n').includes(`O=${organisation}`)
  const tooEarly = `is not valid before ${
    Number.isNaN(from.getTime()) ? certificate.validFrom : date(from)
  }`
  const other = mismatch(certificates, key)
  if (other !== undefined) {
    return ours
      ? { state: 'renew', reason: 'does not match its key' }
      : fault(other)
  }
  const own = keyIn(certificate)
  if (own !== undefined && servesTls(own) && !makesSignatures(key, own)) {
    return fault(
      'has a damaged key beside it, whose signatures are wrong: restore the ' +
        'key, or supply both anew',
    )
  }
  if (ours) {
    const reason = staleness(certificates, certificate, names, daysLeft)
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
    unloadable(certificates) ??
    (daysLeft <= 0
      ? `expired on ${date(to)}`
      : from > now
        ? tooEarly
        : covers(certificate, names.host)
          ? uselessness(certificate, key)
          : `is not for ${names.host} (subject alternative names)`)
  const warning =
    daysLeft < renewal
      ? { warning: `expires on ${date(to)}: supply a new one` }
      : {}
  return message === undefined
    ? { state: 'good', ours, daysLeft, ...warning }
    : fault(message)
}
