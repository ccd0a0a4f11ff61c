import { errorCode, errorMessage, exit, Failure } from '../contract/failure.ts'
import { plain } from '../contract/report.ts'

/** A failure of a server outside: a sentence whose subject is the server. */
export const trouble = (what: string): Failure =>
  new Failure(exit.unavailable, what)

const unreachable = 'cannot be reached from this jail: it has no route there'

// Errors of getaddrinfo(3) and connect(2), and of TLS without a TLS server.
const words: Readonly<Record<string, string>> = {
  ENOTFOUND: 'has a host name that does not exist',
  EAI_AGAIN: 'has a host name that cannot be resolved: no name server answers',
  // Bun reports this code for every connection that fails.
  ECONNREFUSED: 'refuses the connection, or there is no route to it',
  ECONNRESET: 'closes the connection',
  EPIPE: 'closes the connection',
  ETIMEDOUT: 'does not answer: is a firewall in between?',
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  EADDRNOTAVAIL: unreachable,
}

// X509_V_ERR_*: OpenSSL's verify(1) lists them.
const untrusted: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed and not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'comes from an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'comes from an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'comes from an authority that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'comes from an authority that is not trusted, or lacks the intermediate ' +
    'certificate that the server should send',
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
}

// Only codes of Node and Bun: a server can send any text.
const isCode = (code: string | undefined): code is string =>
  code !== undefined && /^[A-Z][A-Z0-9_]*$/.test(code)

/** A network error in words. */
export const networkTrouble = (error: unknown): Failure => {
  if (error instanceof Failure) {
    return error
  }
  const code = errorCode(error)
  const known = isCode(code) ? words[code] : undefined
  return trouble(known ?? `cannot be used: ${plain(errorMessage(error))}`)
}

/**
 * An error of a TLS handshake in words.
 * @param trusted which authorities Synapse trusts there
 * @param otherwise what to try if the server does not speak TLS
 */
export const tlsTrouble = (
  error: unknown,
  trusted: string,
  otherwise: string,
): Failure => {
  const code = errorCode(error)
  const known = isCode(code) ? untrusted[code] : undefined
  if (known !== undefined) {
    const by = known.includes('trusted') ? ` (Synapse trusts ${trusted})` : ''
    return trouble(`sends a certificate that ${known}${by}`)
  }
  return isCode(code) && (code.startsWith('ERR_SSL_') || code === 'EPROTO')
    ? trouble(`fails the TLS handshake${otherwise}`)
    : networkTrouble(error)
}
