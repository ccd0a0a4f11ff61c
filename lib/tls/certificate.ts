import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto'
import type forge from 'node-forge'
import { isIP } from '../formats/ip.ts'
import { canonicalAddress, isUnspecified } from '../formats/server-name.ts'

/** A day in milliseconds. */
export const day = 24 * 60 * 60 * 1000

/** The longest lifetime that public clients accept, in days. */
const lifetime = 397

/** cook recognizes its own certificates by this organization in the subject. */
export const organisation = 'Self-signed by cook'

/** The names in a certificate of cook's own. */
export interface Names {
  /** The host of the server name, or an IP address. */
  host: string
  /** Further hosts and IP addresses. */
  addresses: readonly string[]
}

/**
 * A new ECDSA key on P-256, PKCS #8 in PEM. An RSA key of the same strength
 * takes hundreds of times as long to generate, which would delay a first boot.
 */
export const newCertificateKey = (): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey

/** The types of key that can sign a certificate here. */
const signatureOids: Readonly<Record<string, string>> = {
  // ecdsa-with-SHA256 (RFC 5758) and sha256WithRSAEncryption (RFC 4055).
  ec: '1.2.840.10045.4.3.2',
  rsa: '1.2.840.113549.1.1.11',
}

/** Whether cook can make a self-signed certificate for a key. */
export const canSign = (key: KeyObject): boolean =>
  Object.hasOwn(signatureOids, key.asymmetricKeyType ?? '')

const subjectAltNames = ({ host, addresses }: Names) => {
  // node-forge does not accept every spelling of an IPv6 address.
  const all = [host, ...addresses]
  const hosts = all.filter(name => isIP(name) === 0)
  const ips = all
    .filter(name => isIP(name) !== 0 && !isUnspecified(name))
    .map(canonicalAddress)
  return [
    ...[...new Set(hosts)].map(value => ({ type: 2, value })),
    ...[...new Set(ips)].map(ip => ({ type: 7, ip })),
  ]
}

const extensionsFor = (names: Names, publicKey: Buffer, type: string) => [
  { name: 'basicConstraints', cA: false, critical: true },
  {
    name: 'keyUsage',
    critical: true,
    digitalSignature: true,
    // Only RSA keys encrypt other keys (RFC 5480, section 3).
    keyEncipherment: type === 'rsa',
  },
  { name: 'extKeyUsage', serverAuth: true },
  { name: 'subjectAltName', altNames: subjectAltNames(names) },
  {
    name: 'subjectKeyIdentifier',
    id: '2.5.29.14',
    // An OCTET STRING of 20 bytes (RFC 5280, 4.2.1.2).
    value: Buffer.concat([
      Buffer.from([4, 20]),
      createHash('sha1').update(publicKey).digest(),
    ]).toString('binary'),
  },
]

const encodeExtensions = (
  { pki }: typeof forge,
  extensions: ReturnType<typeof extensionsFor>,
): forge.asn1.Asn1 => {
  const certificate = pki.createCertificate()
  certificate.setExtensions(extensions)
  // Exported by node-forge, and missing from its types.
  const { certificateExtensionsToAsn1 } = pki as unknown as {
    certificateExtensionsToAsn1: (extensions: object[]) => forge.asn1.Asn1
  }
  return certificateExtensionsToAsn1(certificate.extensions)
}

/** The part that is signed: TBSCertificate (RFC 5280, 4.1). */
const toBeSigned = (
  { asn1, pki }: typeof forge,
  publicKey: Buffer,
  algorithm: forge.asn1.Asn1,
  extensions: forge.asn1.Asn1,
  host: string,
  now: Date,
): forge.asn1.Asn1 => {
  const { Class, Type } = asn1
  const sequence = (value: forge.asn1.Asn1[]) =>
    asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, value)
  // RFC 5280, 4.1.2.5: the long form from the year 2050 on.
  const time = (date: Date) =>
    date.getUTCFullYear() < 2050
      ? text(Type.UTCTIME, String(asn1.dateToUtcTime(date)))
      : text(Type.GENERALIZEDTIME, String(asn1.dateToGeneralizedTime(date)))
  const text = (type: forge.asn1.Type, value: string) =>
    asn1.create(Class.UNIVERSAL, type, false, value)
  const certificate = pki.createCertificate()
  certificate.setSubject([
    // A common name has at most 64 characters (RFC 5280, appendix A.1).
    { name: 'commonName', value: host.slice(0, 64) },
    { name: 'organizationName', value: organisation },
  ])
  const subject = pki.distinguishedNameToAsn1(certificate.subject)
  // An hour back, for clients whose clock is behind.
  const from = new Date(now.getTime() - day / 24)
  const to = new Date(from.getTime() + lifetime * day)
  // Positive and not zero, at most 20 bytes (RFC 5280, 4.1.2.2).
  const serial = Buffer.concat([Buffer.from([0x4c]), randomBytes(15)])
  return sequence([
    asn1.create(Class.CONTEXT_SPECIFIC, 0, true, [text(Type.INTEGER, '\x02')]),
    text(Type.INTEGER, serial.toString('binary')),
    algorithm,
    subject,
    sequence([time(from), time(to)]),
    subject,
    asn1.fromDer(publicKey.toString('binary')),
    extensions,
  ])
}

/**
 * A self-signed certificate for a TLS server (RFC 5280), in PEM: SHA-256, 397
 * days, random serial number. node-forge encodes it; Node signs it, which is
 * faster and supports ECDSA.
 * @param key a key in PEM that `canSign`
 */
export const newCertificate = async (
  key: string,
  names: Names,
  now: Date,
): Promise<string> => {
  const { default: forge } = await import('node-forge')
  const { asn1, pem } = forge
  const { Class, Type } = asn1
  const privateKey = createPrivateKey(key)
  const publicKey = createPublicKey(privateKey).export({
    type: 'spki',
    format: 'der',
  })
  const sequence = (value: forge.asn1.Asn1[]) =>
    asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, value)
  const type = privateKey.asymmetricKeyType ?? ''
  const oid = asn1.oidToDer(signatureOids[type] ?? '').getBytes()
  const algorithm = sequence([
    asn1.create(Class.UNIVERSAL, Type.OID, false, oid),
    // For RSA the parameters are NULL, for ECDSA they are absent.
    ...(type === 'rsa'
      ? [asn1.create(Class.UNIVERSAL, Type.NULL, false, '')]
      : []),
  ])
  const extensions = encodeExtensions(
    forge,
    extensionsFor(names, publicKey, type),
  )
  const body = toBeSigned(
    forge,
    publicKey,
    algorithm,
    extensions,
    names.host,
    now,
  )
  const bytes = Buffer.from(asn1.toDer(body).getBytes(), 'binary')
  const signature = sign('sha256', bytes, privateKey).toString('binary')
  const whole = sequence([
    body,
    algorithm,
    asn1.create(Class.UNIVERSAL, Type.BITSTRING, false, `\0${signature}`),
  ])
  const encoded = pem.encode({
    type: 'CERTIFICATE',
    body: asn1.toDer(whole).getBytes(),
  })
  return encoded.replaceAll('\r', '')
}
