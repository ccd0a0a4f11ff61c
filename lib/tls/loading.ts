// Whether OpenSSL loads a certificate or a key, and others accept it. The
// limits are those of its security level 2, the default since 3.2.

import { sign, verify, type KeyObject, type X509Certificate } from 'node:crypto'
import { elementsIn, isDer, type Element } from '../formats/der.ts'
import { algorithmOf, detailsOf, type Details } from './extensions.ts'
import { isSelfSigned } from './issuing.ts'

const shortest = 2048
const shortestCurve = 224

// A curve has its size in its name; those without a number are small.
const sizeOfCurve = (name: string): number =>
  name === 'SM2' ? 256 : Number(name.match(/\d{3}/)?.[0] ?? 0)

/** Why OpenSSL does not use a key of this size, or undefined. */
export const weakness = (key: KeyObject): string | undefined => {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  const bits = details?.modulusLength
  if (bits !== undefined && bits < shortest) {
    const kind = type === 'dsa' ? 'a DSA' : 'an RSA'
    return `${kind} key of ${bits} bits: OpenSSL requires at least ${shortest}`
  }
  if (type === 'ec' && details?.namedCurve === undefined) {
    return 'an elliptic curve key without a named curve'
  }
  const curve = details?.namedCurve
  return curve !== undefined && sizeOfCurve(curve) < shortestCurve
    ? `a key on the curve ${curve}: OpenSSL requires at least ` +
        `${shortestCurve} bits`
    : undefined
}

// RFC 4055, 5758 and 8410; for RSASSA-PSS the digest counts. SHA-1 and MD5 are
// below even level 1.
const sound = new Set([
  ...['11', '12', '13', '14'].map(each => `1.2.840.113549.1.1.${each}`),
  ...['1', '2', '3', '4'].map(each => `1.2.840.10045.4.3.${each}`),
  ...['1', '2'].map(each => `2.16.840.1.101.3.4.3.${each}`),
  ...['1', '2', '3', '4'].map(each => `2.16.840.1.101.3.4.2.${each}`),
  '1.3.101.112',
  '1.3.101.113',
])

const weakDigests: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'MD5',
  '1.2.840.113549.1.1.5': 'SHA-1',
  '1.2.840.10045.4.1': 'SHA-1',
  '1.2.840.10040.4.3': 'SHA-1',
  '1.3.14.3.2.26': 'SHA-1',
}

const signatureFault = (
  certificate: X509Certificate,
  { algorithm, digest = algorithm }: Details,
): string | undefined =>
  sound.has(digest) || isSelfSigned(certificate)
    ? undefined
    : `is signed with ${weakDigests[digest] ?? `the algorithm ${digest}`}, ` +
      'which OpenSSL refuses'

const publicKeyOf = ({ publicKey }: X509Certificate): KeyObject => publicKey

/** The public key, or undefined if OpenSSL cannot read it. */
export const keyIn = (certificate: X509Certificate): KeyObject | undefined => {
  try {
    return publicKeyOf(certificate)
  } catch {
    return undefined
  }
}

const isDated = ({ validFrom, validTo }: X509Certificate): boolean =>
  !Number.isNaN(Date.parse(validFrom)) && !Number.isNaN(Date.parse(validTo))

/** What the faults of a certificate are found in. */
interface Parts {
  details: Details | undefined
  key: KeyObject | undefined
}

const partsOf = (certificate: X509Certificate): Parts => ({
  details: detailsOf(certificate.raw),
  key: keyIn(certificate),
})

/** Why OpenSSL does not parse a certificate, though Node or Bun has. */
export const formFault = (
  certificate: X509Certificate,
  { details, key } = partsOf(certificate),
): string | undefined =>
  details === undefined || !isDated(certificate)
    ? 'is damaged: it is not encoded as RFC 5280 says'
    : key === undefined
      ? 'has a public key that OpenSSL cannot read'
      : undefined

/**
 * Why OpenSSL does not load a certificate for a server or as part of its chain,
 * or undefined. Its names and dates are not considered.
 */
export const loadingFault = (
  certificate: X509Certificate,
): string | undefined => {
  const parts = partsOf(certificate)
  const { details, key } = parts
  const weak = key && weakness(key)
  return (
    formFault(certificate, parts) ??
    (weak === undefined
      ? details && signatureFault(certificate, details)
      : `has ${weak}`)
  )
}

const purposeNames: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '1.3.6.1.5.5.7.3.3': 'codeSigning',
  '1.3.6.1.5.5.7.3.4': 'emailProtection',
  '1.3.6.1.5.5.7.3.8': 'timeStamping',
  '1.3.6.1.5.5.7.3.9': 'OCSPSigning',
}

// serverAuth, and anyExtendedKeyUsage.
const serving = ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0']

/** Why no program accepts it in the chain of a TLS server, or undefined. */
export const purposeFault = (
  certificate: X509Certificate,
): string | undefined => {
  const { unknown = [], purposes } = detailsOf(certificate.raw) ?? {}
  const named = purposes?.map(oid => purposeNames[oid] ?? oid).join(', ')
  return unknown.length > 0
    ? `has a critical extension that other programs do not know ` +
        `(${unknown.join(', ')}), so they reject it`
    : purposes !== undefined && !purposes.some(oid => serving.includes(oid))
      ? `is not for TLS servers: its extended key usage is ${named}, ` +
        'without serverAuth'
      : undefined
}

const digitalSignature = 0x80
const keyCertSign = 0x04

const mayNot = (certificate: X509Certificate, bit: number): boolean =>
  ((detailsOf(certificate.raw)?.usage ?? bit) & bit) === 0

/** Whether its key usage rules out the signature of a TLS handshake. */
export const mayNotSign = (certificate: X509Certificate): boolean =>
  mayNot(certificate, digitalSignature)

/** Whether it is that of an authority. Node's `ca` considers its usage too. */
export const isAuthority = (certificate: X509Certificate): boolean =>
  detailsOf(certificate.raw)?.authority ?? false

/** Whether it is that of an authority that may not sign certificates. */
export const mayNotIssue = (certificate: X509Certificate): boolean =>
  isAuthority(certificate) && mayNot(certificate, keyCertSign)

const rsaEncryption = '1.2.840.113549.1.1.1'
const none: readonly Element[] = [{ tag: 0, content: Buffer.alloc(0) }]

const signing = new Set(['rsa', 'rsa-pss', 'ec', 'ed25519', 'ed448'])

/**
 * Whether a private key in DER has the form that every OpenSSL takes; some
 * versions take more.
 * @param label of its PEM block
 */
export const isKeyForm = (label: string, der: Buffer): boolean => {
  const [outer] = elementsIn(der) ?? []
  const fields = (outer && elementsIn(outer.content)) ?? []
  // PKCS #8 has PKCS #1 in an OCTET STRING (RFC 5958).
  const inner = label === 'PRIVATE KEY' ? fields[2]?.content : der
  const isRsa =
    label === 'RSA PRIVATE KEY' ||
    (fields[1] !== undefined && algorithmOf(fields[1])?.oid === rsaEncryption)
  const [numbers] = (isRsa && inner && elementsIn(inner)) || []
  return (
    isDer(der) &&
    (!isRsa ||
      ((numbers && elementsIn(numbers.content)) ?? none).every(
        each => each.tag === 0x02 && (each.content[0] ?? 0x80) < 0x80,
      ))
  )
}

/** Whether TLS has signatures by such a key. */
export const servesTls = (key: KeyObject): boolean =>
  signing.has(key.asymmetricKeyType ?? '')

/**
 * Whether a private key makes signatures that its public key verifies. OpenSSL
 * loads a damaged key if the public part of it is intact.
 */
export const makesSignatures = (
  key: KeyObject,
  publicKey: KeyObject,
): boolean => {
  const digest = key.asymmetricKeyType?.startsWith('ed') ? null : 'sha256'
  const data = Buffer.from('cook')
  try {
    return verify(digest, data, publicKey, sign(digest, data, key))
  } catch {
    return false
  }
}
