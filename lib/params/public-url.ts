import { federationPort } from '../formats/server-name.ts'
import { isIPv6 } from '../formats/ip.ts'
import type { Params } from './params.ts'

/** The host that clients and other servers connect to behind the edge. */
export const publicHostOf = ({
  domain,
  publicHost,
}: Pick<Params, 'domain' | 'publicHost'>): string => publicHost ?? domain.host

/**
 * Where clients connect. The edge serves port 443. Otherwise a server name
 * without a port does not tell it: to a proxy on 443, or to Synapse itself.
 */
export const publicUrlOf = (
  params: Pick<
    Params,
    'domain' | 'edge' | 'noSsl' | 'publicHost' | 'publicUrl'
  >,
): string => {
  const { domain, edge, noSsl, publicUrl } = params
  const host = publicHostOf(params)
  return (
    publicUrl ??
    (edge
      ? `https://${isIPv6(host) ? `[${host}]` : host}/`
      : noSsl || domain.port !== undefined
        ? `https://${domain.name}/`
        : `https://${domain.name}:${federationPort}/`)
  )
}
