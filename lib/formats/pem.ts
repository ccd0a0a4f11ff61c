import { X509Certificate } from 'node:crypto'

const blocks = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

const read = (pem: string): X509Certificate | undefined => {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

/** The valid certificates in a PEM text. */
export const certificatesIn = (text: string): X509Certificate[] =>
  (text.match(blocks) ?? []).flatMap(block => read(block) ?? [])

/**
 * All certificates in a PEM text, which may have other text between them; or
 * the first error, for which OpenSSL would reject the whole file.
 */
export const readCertificates = (text: string): X509Certificate[] | string => {
  const found = text.match(blocks) ?? []
  const begun = text.match(/-----BEGIN CERTIFICATE-----/g) ?? []
  if (found.length < begun.length) {
    return 'contains an incomplete certificate'
  }
  const certificates = found.map(read)
  const wrong = certificates.indexOf(undefined)
  return wrong < 0
    ? certificates.flatMap(each => each ?? [])
    : found.length === 1
      ? 'is not a PEM certificate'
      : `contains an invalid certificate (number ${wrong + 1})`
}
