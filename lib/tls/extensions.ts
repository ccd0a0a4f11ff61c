// What Node and Bun do not say about a certificate (RFC 5280, 4.1 and 4.2).

import { elementsIn, isDer, oidOf, type Element } from '../formats/der.ts'

/** An extension of a certificate, its value in DER. */
interface Extension {
  oid: string
  critical: boolean
  value: Buffer
}

/** What a certificate says of its signature and its use. */
export interface Details {
  /** The OID of the algorithm of its signature. */
  algorithm: string
  /** The OID of the digest, if it is a parameter of that algorithm. */
  digest: string | undefined
  /** The OIDs of its extended key usage, if it is restricted. */
  purposes: string[] | undefined
  /** Whether it claims to be an authority's: CA:TRUE. */
  authority: boolean
  /** The bits of its key usage, digitalSignature the highest of 8. */
  usage: number | undefined
  /** The OIDs of critical extensions that OpenSSL does not support. */
  unknown: string[]
}

/** The tag of a value, and the tags that its elements may have. */
type Shape = readonly [tag: number, elements?: readonly number[]]

// X509_supported_extension(3). RFC 5280 (4.2) lets every other program reject
// the rest too. OpenSSL uses no certificate whose value has another shape: its
// X509V3 routines say "invalid certificate".
const supported: Readonly<Record<string, Shape>> = {
  // Subject and authority key identifier.
  '2.5.29.14': [0x04],
  '2.5.29.35': [0x30, [0x80, 0xa1, 0x82]],
  // Key usage, and extended key usage.
  '2.5.29.15': [0x03],
  '2.5.29.37': [0x30, [0x06]],
  // Subject alternative name.
  '2.5.29.17': [0x30, [0xa0, 0x81, 0x82, 0xa3, 0xa4, 0xa5, 0x86, 0x87, 0x88]],
  // Basic constraints, and name constraints.
  '2.5.29.19': [0x30, [0x01, 0x02]],
  '2.5.29.30': [0x30, [0xa0, 0xa1]],
  // CRL distribution points.
  '2.5.29.31': [0x30, [0x30]],
  // Policies, their mappings and constraints, and inhibitAnyPolicy.
  '2.5.29.32': [0x30, [0x30]],
  '2.5.29.33': [0x30, [0x30]],
  '2.5.29.36': [0x30, [0x80, 0x81]],
  '2.5.29.54': [0x02],
  // Addresses and autonomous systems (RFC 3779), proxies (RFC 3820).
  '1.3.6.1.5.5.7.1.7': [0x30, [0x30]],
  '1.3.6.1.5.5.7.1.8': [0x30, [0xa0, 0xa1]],
  '1.3.6.1.5.5.7.1.14': [0x30, [0x02, 0x30]],
  // What an OCSP responder's certificate need not be checked for.
  '1.3.6.1.5.5.7.48.1.5': [0x05],
  // Netscape's certificate type.
  '2.16.840.1.113730.1.1': [0x03],
}

const keyUsage = '2.5.29.15'
const basicConstraints = '2.5.29.19'
const extendedKeyUsage = '2.5.29.37'

/** An identifier with its parameters: AlgorithmIdentifier. */
export const algorithmOf = (
  element: Element | undefined,
): { oid: string; parameters: Element | undefined } | undefined => {
  const [oid, parameters] = (element && elementsIn(element.content)) ?? []
  return oid && { oid: oidOf(oid.content), parameters }
}

// RFC 4055, 3.1: the digest is in [0], and SHA-1 if that is missing.
const digestOf = (parameters: Element | undefined): string => {
  const all = (parameters && elementsIn(parameters.content)) ?? []
  const digest = all.find(({ tag }) => tag === 0xa0)
  const within = (digest && elementsIn(digest.content)) ?? []
  return algorithmOf(within[0])?.oid ?? '1.3.14.3.2.26'
}

const pss = '1.2.840.113549.1.1.10'

const extensionOf = ({ content }: Element): Extension | undefined => {
  const [oid, ...rest] = elementsIn(content) ?? []
  const value = rest.find(({ tag }) => tag === 0x04)
  const critical = rest.some(each => each.tag === 0x01 && each.content[0] !== 0)
  return (
    oid && value && { oid: oidOf(oid.content), critical, value: value.content }
  )
}

const hasTags = (element: Element, ...tags: readonly number[]): boolean =>
  elementsIn(element.content)?.every(({ tag }) => tags.includes(tag)) ?? false

/** Whether the value has the shape that OpenSSL expects. */
const isShaped = ({ oid, value }: Extension): boolean => {
  const [tag, elements] = supported[oid] ?? []
  const [content, ...more] = elementsIn(value) ?? []
  return (
    tag === undefined ||
    (content?.tag === tag &&
      more.length === 0 &&
      isDer(value) &&
      (elements === undefined || hasTags(content, ...elements)))
  )
}

const valueIn = (
  extensions: readonly Extension[],
  wanted: string,
): Element | undefined => {
  const found = extensions.find(({ oid }) => oid === wanted)
  return found && elementsIn(found.value)?.[0]
}

// X.520 and OpenSSL's ASN1_PRINTABLE: UTF8String, NumericString,
// PrintableString, T61String, IA5String, UniversalString, BMPString.
const texts = [0x0c, 0x12, 0x13, 0x14, 0x16, 0x1c, 0x1e]

/** A Name: a sequence of sets of pairs of an identifier and a text. */
const isName = (element: Element | undefined): boolean =>
  element?.tag === 0x30 &&
  hasTags(element, 0x31) &&
  (elementsIn(element.content) ?? []).every(
    set =>
      hasTags(set, 0x30) &&
      (elementsIn(set.content) ?? []).every(pair => {
        const [oid, value, ...more] = elementsIn(pair.content) ?? []
        const tag = value?.tag ?? 0
        return oid?.tag === 0x06 && texts.includes(tag) && more.length === 0
      }),
  )

/** The fields up to the public key have their types (RFC 5280, 4.1). */
const isBody = (fields: readonly Element[]): boolean => {
  const from = fields[0]?.tag === 0xa0 ? 1 : 0
  const [serial, algorithm, issuer, validity, subject, key] = fields.slice(from)
  return (
    serial?.tag === 0x02 &&
    algorithm?.tag === 0x30 &&
    isName(issuer) &&
    validity?.tag === 0x30 &&
    hasTags(validity, 0x17, 0x18) &&
    isName(subject) &&
    key?.tag === 0x30 &&
    hasTags(key, 0x30, 0x03)
  )
}

/**
 * Reads a certificate in DER.
 * @returns undefined if it is not encoded as it should be
 */
export const detailsOf = (der: Buffer): Details | undefined => {
  const whole = elementsIn(der)
  const [body, signed] = (whole?.[0] && elementsIn(whole[0].content)) ?? []
  const fields = body && elementsIn(body.content)
  const algorithm = algorithmOf(signed)
  if (
    fields === undefined ||
    algorithm === undefined ||
    !isDer(der) ||
    !isBody(fields)
  ) {
    return undefined
  }
  const wrapped = fields.find(({ tag }) => tag === 0xa3)
  const list = wrapped && elementsIn(wrapped.content)?.[0]
  const read = list ? elementsIn(list.content)?.map(extensionOf) : []
  const extensions = read?.flatMap(each => each ?? [])
  if (
    extensions === undefined ||
    extensions.length !== read?.length ||
    !extensions.every(isShaped)
  ) {
    return undefined
  }
  const purposes = valueIn(extensions, extendedKeyUsage)
  const constraints = valueIn(extensions, basicConstraints)
  const [isCa] = (constraints && elementsIn(constraints.content)) ?? []
  // A BIT STRING: the number of unused bits goes first.
  const usage = valueIn(extensions, keyUsage)?.content[1]
  return {
    algorithm: algorithm.oid,
    digest: algorithm.oid === pss ? digestOf(algorithm.parameters) : undefined,
    purposes:
      purposes &&
      (elementsIn(purposes.content) ?? []).map(each => oidOf(each.content)),
    authority: isCa?.tag === 0x01 && isCa.content[0] !== 0,
    usage,
    unknown: extensions
      .filter(({ oid, critical }) => critical && !(oid in supported))
      .map(({ oid }) => oid),
  }
}
