// What the edge answers at each path.

import type { Params } from '../../../params/params.ts'
import { paths } from '../../../contract/paths.ts'
import { hostsOf, sitesOf } from '../names.ts'
import { publicHostOf } from '../../../params/public-url.ts'
import { pageRoutes } from '../web/page.ts'
import { webClientRoutes } from '../web/web-client.ts'
import { forwardedTo, type Clients } from './client.ts'
import type { Handler, Matcher, Route } from './json.ts'
import { literal } from './literal.ts'
import { above, bodyLimit } from './sizes.ts'
import { bytesOf } from '../../../params/kinds/plain.ts'

const end = (match: Matcher | undefined, ...handle: Handler[]): Route => ({
  ...(match === undefined ? {} : { match: [match] }),
  handle,
  terminal: true,
})

const status = (code: number): Handler => ({
  handler: 'static_response',
  status_code: code,
})

const notFound = status(404)

// Browsers ask for it from pages of any host (Client-Server API, "Web Browser
// Clients").
const openJson = {
  'Content-Type': ['application/json'],
  'Access-Control-Allow-Origin': ['*'],
}

const json = (code: number, value: object): Handler => ({
  ...status(code),
  headers: openJson,
  body: literal(JSON.stringify(value)),
})

const wellKnown = (name: string): Matcher => ({
  path: [`/.well-known/matrix/${name}`],
})

/** Other servers ask for it unless the server name has a port. */
const delegation = (params: Params): Route[] =>
  params.federation && params.domain.port === undefined
    ? [
        end(
          wellKnown('server'),
          json(200, { 'm.server': `${publicHostOf(params)}:443` }),
        ),
      ]
    : []

/** MSC1929, and "Getting server support information". */
const support = ({
  supportContact,
  supportPage,
  alertEmail,
}: Params): Route => {
  const contact = supportContact ?? alertEmail
  const key = contact.startsWith('@') ? 'matrix_id' : 'email_address'
  return end(
    wellKnown('support'),
    json(200, {
      contacts: [{ [key]: contact, role: 'm.role.admin' }],
      ...(supportPage === undefined ? {} : { support_page: supportPage }),
    }),
  )
}

/** Passes requests to Synapse as they are. */
const toSynapse = (limit: number, clients: Clients): Handler[] => [
  { handler: 'request_body', max_size: limit },
  {
    handler: 'reverse_proxy',
    upstreams: [{ dial: `unix/${paths.synapseSocket}` }],
    ...forwardedTo(clients),
  },
]

/**
 * Tells a client in the form of the API that it sends too much, where a page in
 * a browser can read it. Who does not say how much it sends gets only the
 * status, once it is too much.
 */
const unlessTooLarge = (
  match: Matcher,
  limit: number,
  clients: Clients,
): Route[] => [
  end(
    {
      ...match,
      header_regexp: { 'Content-Length': { pattern: above(limit) } },
    },
    json(413, { errcode: 'M_TOO_LARGE', error: 'The request is too large' }),
  ),
  end(match, ...toSynapse(limit, clients)),
]

const pathsOfSite = (params: Params, clients: Clients): Route[] => {
  const { federation, maxUpload, adminNetworks } = params
  const most = bodyLimit(maxUpload)
  const site = toSynapse(most, clients)
  return [
    ...delegation(params),
    // Synapse itself knows what local overrides add to it.
    end(wellKnown('client'), ...site),
    support(params),
    ...(federation
      ? []
      : [end({ path: ['/_matrix/federation*', '/_matrix/key*'] }, notFound)]),
    ...(adminNetworks === undefined
      ? []
      : [
          end(
            { path: ['/_synapse/admin/*'], ...clients.isIn(adminNetworks) },
            ...site,
          ),
        ]),
    ...unlessTooLarge(
      { path_regexp: { pattern: '^/_matrix/media/[^/]+/upload(/|$)' } },
      bytesOf(maxUpload),
      clients,
    ),
    ...unlessTooLarge(
      { path: ['/_matrix/*', '/_synapse/client/*'] },
      most,
      clients,
    ),
    end(undefined, notFound),
  ]
}

/** On PUBLICHOST alone: DOMAIN's web pages are not cook's. */
const hardening = (params: Params): Route => ({
  match: [{ host: [publicHostOf(params)] }],
  handle: [
    {
      handler: 'headers',
      response: {
        deferred: true,
        set: {
          'Strict-Transport-Security': ['max-age=31536000'],
          'X-Content-Type-Options': ['nosniff'],
        },
      },
    },
  ],
})

/** The routes of the ports with TLS. */
export const secureRoutes = (params: Params, clients: Clients): Route[] => [
  ...clients.routes,
  hardening(params),
  ...pageRoutes(params),
  ...webClientRoutes(params),
  end(
    { host: sitesOf(params) },
    { handler: 'subroute', routes: pathsOfSite(params, clients) },
  ),
  end(undefined, notFound),
]

/** The routes of port 80; Caddy answers an authority's challenges before. */
export const plainRoutes = (params: Params): Route[] => [
  end(
    { host: hostsOf(params) },
    {
      ...status(308),
      headers: { Location: ['https://{http.request.host}{http.request.uri}'] },
    },
  ),
  end(undefined, notFound),
]
