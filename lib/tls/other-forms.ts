import { createPrivateKey, X509Certificate } from 'node:crypto'

const reads = (read: () => unknown): boolean => {
  try {
    read()
    return true
  } catch {
    return false
  }
}

const isKey = (content: Buffer): boolean =>
  (['pkcs8', 'pkcs1', 'sec1'] as const).some(type =>
    reads(() => createPrivateKey({ key: content, format: 'der', type })),
  )

// The beginning of the outer SEQUENCE, and what follows its length: version 3
// (RFC 7292, 4), and signedData (RFC 2315, 14).
const isPkcs12 = /^30(8[1-4])?[0-9a-f]{2,8}?020103308/
const isPkcs7 = /^30(8[1-4])?[0-9a-f]{2,8}?06092a864886f70d010702/

/**
 * What a file is that should be PEM and is not text, and how it is converted;
 * undefined if this is not known.
 */
export const otherForm = (content: Buffer): string | undefined => {
  const start = content.subarray(0, 32).toString('hex')
  return /^(fffe|feff)/.test(start)
    ? 'is UTF-16 text: save it as ASCII or UTF-8'
    : !start.startsWith('30')
      ? undefined
      : isPkcs12.test(start)
        ? 'is PKCS #12, not PEM: convert it with openssl pkcs12 -nodes -in FILE'
        : isPkcs7.test(start)
          ? 'is PKCS #7 in DER, not PEM: convert it with ' +
            'openssl pkcs7 -inform DER -print_certs -in FILE'
          : isKey(content)
            ? 'is a key in DER, not PEM: convert it with ' +
              'openssl pkey -inform DER -in FILE'
            : reads(() => new X509Certificate(content))
              ? 'is a certificate in DER, not PEM: convert it with ' +
                'openssl x509 -inform DER -in FILE'
              : undefined
}
