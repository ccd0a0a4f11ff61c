import { isIP } from '../../formats/ip.ts'
import type { Params } from '../../params/params.ts'
import { publicHostOf } from '../../params/public-url.ts'

type Named = Pick<Params, 'domain' | 'publicHost' | 'serveDomain'>

/**
 * The hosts of the homeserver for which the edge answers, the public one first.
 * Other servers connect to the host in DOMAIN itself if it has a port: then
 * there is no delegation.
 */
export const sitesOf = (params: Named): string[] => {
  const { domain, serveDomain } = params
  const withDomain = serveDomain || domain.port !== undefined
  return [
    ...new Set([publicHostOf(params), ...(withDomain ? [domain.host] : [])]),
  ]
}

/** All hosts for which the edge answers and has certificates. */
export const hostsOf = (
  params: Named & Pick<Params, 'webClientHost'>,
): string[] => {
  const { webClientHost } = params
  const more = webClientHost === undefined ? [] : [webClientHost]
  return [...sitesOf(params), ...more]
}

/**
 * The name that a certificate has until that of an authority has come. Caddy
 * prefers one with the exact name as soon as there is one (getCertificateFromCache
 * in certmagic's handshake.go), and so changes to it by itself.
 */
export const wildcardFor = (host: string): string =>
  isIP(host) !== 0
    ? host
    : host.includes('.')
      ? host.replace(/^[^.]*/, '*')
      : '*'
