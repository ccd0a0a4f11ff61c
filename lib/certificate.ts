import {
  createPrivateKey,
  generateKeyPair,
  randomBytes,
  X509Certificate,
  type KeyObject,
} from 'node:crypto'
import { isIP } from 'node:net'
import { promisify } from 'node:util'
import { errorMessage } from './failure.ts'

const day = 24 * 60 * 60 * 1000

/** The longest life that public clients accept, in days. */
export const lifetime = 397

/** A self-made certificate is renewed when fewer days than this are left. */
export const renewal = 30

// By this organisation in its subject cook knows a certificate as its own.
const organisation = 'Self-signed by cook'

/** The names that a certificate of cook's own carries. */
export interface Names {
  /** The host of the server name, or an IP address. */
  host: string
  /** Further IP addresses. */
  addresses: readonly string[]
}

/** A certificate that stands on the data set, and what is to be done. */
export type Judgement =
  | { state: 'good'; daysLeft: number; ours: boolean }
  | { state: 'renew'; reason: string }
  | { state: 'fault'; message: string }

/** A new RSA key of 3072 bits, PKCS #8 in PEM. */
export const newCertificateKey = async (): Promise<string> => {
  const { privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 3072,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  return privateKey
}

const isUnspecified = (address: string): boolean =>
  address === '0.0.0.0' || address === '::'

const subjectAltNames = ({ host, addresses }: Names) => {
  const ips = [host, ...addresses].filter(
    name => isIP(name) !== 0 && !isUnspecified(name),
  )
  return [
    ...(isIP(host) === 0 ? [{ type: 2, value: host }] : []),
    ...[...new Set(ips)].map(ip => ({ type: 7, ip })),
  ]
}

/**
 * A self-signed certificate for a TLS server (RFC 5280), in PEM: SHA-256,
 * 397 days, random serial number.
 * @param key an RSA key in PEM
 */
export const newCertificate = async (
  key: string,
  names: Names,
  now: Date,
): Promise<string> => {
  const { default: forge } = await import('node-forge')
  const privateKey = forge.pki.privateKeyFromPem(key)
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.setRsaPublicKey(privateKey.n, privateKey.e)
  // Positive and not zero, at most 20 bytes (RFC 5280, 4.1.2.2).
  certificate.serialNumber = `4${randomBytes(16).toString('hex').slice(1)}`
  // An hour back, for clients whose clock is behind.
  certificate.validity.notBefore = new Date(now.getTime() - day / 24)
  certificate.validity.notAfter = new Date(
    certificate.validity.notBefore.getTime() + lifetime * day,
  )
  const subject = [
    // A common name has at most 64 characters (RFC 5280, appendix A.1).
    { name: 'commonName', value: names.host.slice(0, 64) },
    { name: 'organizationName', value: organisation },
  ]
  certificate.setSubject(subject)
  certificate.setIssuer(subject)
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    {
      name: 'keyUsage',
      critical: true,
      digitalSignature: true,
      keyEncipherment: true,
    },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: subjectAltNames(names) },
    { name: 'subjectKeyIdentifier' },
  ])
  certificate.sign(privateKey, forge.md.sha256.create())
  return forge.pki.certificateToPem(certificate).replaceAll('\r', '')
}

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
  } catch (error) {
    return `is not a certificate in PEM (${errorMessage(error)})`
  }
}

const covers = (certificate: X509Certificate, name: string): boolean =>
  isIP(name) === 0
    ? certificate.checkHost(name) !== undefined
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
          : `is not for ${names.host}`
  return message === undefined
    ? { state: 'good', daysLeft, ours }
    : { state: 'fault', message }
}
