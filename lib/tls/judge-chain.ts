import type { X509Certificate } from 'node:crypto'
import { commonName, isSelfSigned, isSignedBy } from './issuing.ts'
import { isAuthority } from './loading.ts'

interface Chain {
  /** The server's certificate, and after each the one that signed it. */
  links: X509Certificate[]
  /** The other certificates of the file. */
  rest: X509Certificate[]
}

const chainOf = (certificates: readonly X509Certificate[]): Chain => {
  const links = certificates.slice(0, 1)
  const rest = certificates.slice(1)
  for (;;) {
    const last = links.at(-1)
    const at =
      last === undefined || isSelfSigned(last)
        ? -1
        : rest.findIndex(each => isSignedBy(last, each))
    if (at < 0) {
      return { links, rest }
    }
    links.push(...rest.splice(at, 1))
  }
}

/** Why other programs may not find the way to a root, or undefined. */
const gap = (
  { links, rest }: Chain,
  roots: () => readonly X509Certificate[],
): string | undefined => {
  const [leaf] = links
  const last = links.at(-1)
  if (leaf === undefined || last === undefined || isSelfSigned(last)) {
    return undefined
  }
  // A root need not be sent. The issuer of an intermediate may be one that this
  // system does not know, but a namesake shows that it is meant to be here.
  const namesake = rest.some(({ subject }) => subject === last.issuer)
  if (
    (links.length > 1 && !namesake) ||
    roots().some(root => isSignedBy(last, root))
  ) {
    return undefined
  }
  const others = rest.map(({ subject }) => commonName(subject)).join(', ')
  const instead =
    rest.length === 0 ? '' : `; what follows (${others}) did not sign it`
  return (
    `lacks the certificate of ${commonName(last.issuer)}, which signed that ` +
    `of ${commonName(last.subject)}${instead}: append it, or other servers ` +
    'and clients may reject the certificate'
  )
}

const date = (text: string): string => new Date(text).toISOString().slice(0, 10)

/**
 * Warnings about the certificates that a server sends with its own, which
 * stands first (RFC 8446, 4.4.2). It works without them only for those who have
 * them already.
 * @param roots what the system trusts; called only if it matters
 */
export const judgeChain = (
  certificates: readonly X509Certificate[],
  roots: () => readonly X509Certificate[],
  now: Date,
): string[] => {
  const [leaf] = certificates
  const chain = chainOf(certificates)
  const missing = gap(chain, roots)
  const late = chain.links
    .slice(1)
    .filter(({ validTo }) => new Date(validTo) <= now)
  return [
    ...(leaf !== undefined && isAuthority(leaf)
      ? [
          'is the certificate of an authority (CA:TRUE): some servers and ' +
            'clients do not accept that from a server',
        ]
      : []),
    ...(missing === undefined ? [] : [missing]),
    ...late.map(
      ({ subject, validTo }) =>
        `contains the certificate ${commonName(subject)}, which expired on ` +
        `${date(validTo)}: replace it`,
    ),
  ]
}
