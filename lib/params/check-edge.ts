// The parameters of the edge that need each other, or exclude each other.

import { isAsked } from './asked.ts'
import type { Gathered } from './gather.ts'
import { paramKey, type ParamName, type Params } from './params.ts'
import { edge as edgeRows } from './rows/edge.ts'
import type { Report } from '../contract/report.ts'
import { isIP } from '../formats/ip.ts'

const ofAcme: readonly ParamName[] = [
  'ACMEDIRECTORY',
  'ACMECA',
  'ACMEKID',
  'ACMEHMAC',
]

const base64url = /^[A-Za-z0-9_-]+$/

/** Reports parameters of the edge that cannot be used as they are together. */
export const judgeEdge = (
  gathered: Gathered,
  right: Partial<Params>,
  report: Report,
): void => {
  const { edge, noSsl, acme, acmeHmac, domain, serveDomain } = right
  const { publicHost, webClientHost } = right
  const wrong = (name: ParamName, message: string): void =>
    report.error(name, gathered.get(name)?.source, message)

  if (edge && noSsl) {
    const message =
      '"yes" excludes NOSSL=yes: with the edge no other proxy reaches Synapse: ' +
      'set one of them to no'
    wrong('EDGE', message)
  }
  const isWanted = (row: (typeof edgeRows)[number]): boolean =>
    row.kind === 'boolean'
      ? right[paramKey(row)] === true
      : isAsked(row.name, gathered)
  for (const row of edge === false ? edgeRows.filter(isWanted) : []) {
    wrong(row.name, 'needs EDGE=yes')
  }
  for (const name of edge && acme === false ? ofAcme : []) {
    if (isAsked(name, gathered)) {
      wrong(name, 'needs ACME=yes')
    }
  }
  if (acme && domain !== undefined && isIP(domain.host) !== 0) {
    const message =
      '"yes" needs a host name, but DOMAIN is the address ' +
      `${domain.host}: set it to no`
    wrong('ACME', message)
  }
  if (serveDomain && domain?.port !== undefined) {
    const message =
      `"yes" has no use with DOMAIN=${domain.name}: other servers do not look ` +
      'for .well-known if the server name has a port: set it to no'
    wrong('SERVEDOMAIN', message)
  }
  const ofDomain = domain?.host
  if (
    webClientHost !== undefined &&
    webClientHost === (publicHost ?? ofDomain)
  ) {
    // "Important Security Notes" in Element's README.
    const message =
      `"${webClientHost}" is the host of the homeserver, where a file that a ` +
      'user uploads could take over the web client: write a host of its own'
    wrong('WEBCLIENTHOST', message)
  } else if (webClientHost !== undefined && webClientHost === ofDomain) {
    const message =
      `"${webClientHost}" is the host in DOMAIN, where clients and servers ` +
      'look for .well-known: write a host of its own'
    wrong('WEBCLIENTHOST', message)
  }
  if (acmeHmac !== undefined && !base64url.test(acmeHmac.reveal())) {
    wrong('ACMEHMAC', 'its value is not base64url (A-Z, a-z, 0-9, - and _)')
  }
}
