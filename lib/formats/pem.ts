import { X509Certificate } from 'node:crypto'

const blocks = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

const read = (pem: string): X509Certificate | undefined => {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

/** The certificates in a text of PEM; what is none is left out. */
export const certificatesIn = (text: string): X509Certificate[] =>
  (text.match(blocks) ?? []).flatMap(block => read(block) ?? [])

/**
 * All certificates of a text in PEM, which may have words between them; or what
 * is wrong with one of them, at which OpenSSL would refuse the whole file.
 */
export const readCertificates = (text: string): X509Certificate[] | string => {
  const found = text.match(blocks) ?? []
  const begun = text.match(/-----BEGIN CERTIFICATE-----/g) ?? []
  if (found.length < begun.length) {
    return 'has a certificate in it that does not end'
  }
  const certificates = found.map(read)
  const wrong = certificates.indexOf(undefined)
  return wrong < 0
    ? certificates.flatMap(each => each ?? [])
    : found.length === 1
      ? 'is not a certificate in PEM'
      : `has a certificate in it that is none (number ${wrong + 1})`
}
