import { errorCode, errorMessage, exit, Failure } from '../contract/failure.ts'
import { plain } from '../contract/report.ts'

/** What ails a server outside: a sentence, of which it is the subject. */
export const trouble = (what: string): Failure =>
  new Failure(exit.unavailable, what)

const unreachable = 'cannot be reached from this jail: no network leads there'

// getaddrinfo(3), connect(2), and what engines say of a TLS that is none.
const words: Readonly<Record<string, string>> = {
  ENOTFOUND: 'has a name that no name server knows',
  EAI_AGAIN: 'has a name that cannot be looked up: no name server answers',
  // Bun says so of whatever it cannot connect to.
  ECONNREFUSED: 'refuses the connection, or no network leads there',
  ECONNRESET: 'ends the connection',
  EPIPE: 'ends the connection',
  ETIMEDOUT: 'does not answer: is a firewall in between?',
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  EADDRNOTAVAIL: unreachable,
}

// X509_V_ERR_*: verify(1) of OpenSSL has them all.
const untrusted: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed, and is not trusted itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'comes from an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'comes from an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'comes from an authority that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'comes from an authority that is not trusted, or from one between that ' +
    'it does not send',
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
}

// Only of Node's and Bun's own errors: what a server says may be anything.
const isCode = (code: string | undefined): code is string =>
  code !== undefined && /^[A-Z][A-Z0-9_]*$/.test(code)

/** What an error of the network means. */
export const networkTrouble = (error: unknown): Failure => {
  if (error instanceof Failure) {
    return error
  }
  const code = errorCode(error)
  const known = isCode(code) ? words[code] : undefined
  return trouble(known ?? `cannot be used: ${plain(errorMessage(error))}`)
}

/**
 * What an error of a TLS handshake means.
 * @param trusted whom Synapse trusts there
 * @param otherwise what to try where nobody speaks TLS
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
    return trouble(`shows a certificate that ${known}${by}`)
  }
  return isCode(code) && (code.startsWith('ERR_SSL_') || code === 'EPROTO')
    ? trouble(`does not speak TLS as it should${otherwise}`)
    : networkTrouble(error)
}
