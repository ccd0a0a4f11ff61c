// Element Web, on a host of its own: "Important Security Notes" in its README
// says why, and which headers it needs.

import { paths } from '../../../contract/paths.ts'
import type { Report } from '../../../contract/report.ts'
import { render } from '../../../formats/template.ts'
import type { Host } from '../../../host/host.ts'
import type { Params } from '../../../params/params.ts'
import { signUpBy } from '../../../params/sign-up.ts'
import type { Handler, Route } from '../config/json.ts'
import { publicUrlOf } from '../../../params/public-url.ts'
import { fileAt, filesIn, onSuccess } from './serving.ts'

/** Its configuration: this homeserver, and no other server. */
export const webClientConfig = (params: Params): string =>
  render('element.json', {
    baseUrl: publicUrlOf(params).replace(/\/$/, ''),
    serverName: params.domain.name,
    canSignUp: signUpBy(params) !== 'closed',
  })

/** Caddy serves the package as soon as it is there; nothing else waits for it. */
export const judgeWebClient = (
  host: Host,
  webClientHost: string | undefined,
  report: Report,
): void => {
  const isThere = host.look(`${paths.webClient}/index.html`) !== undefined
  if (webClientHost !== undefined && !isThere) {
    const message =
      `Element Web is not installed, so https://${webClientHost}/ has no web ` +
      'client: install its package (element-web)'
    report.warning('WEBCLIENTHOST', undefined, message)
  }
}

const always = {
  'Strict-Transport-Security': ['max-age=31536000'],
  'X-Content-Type-Options': ['nosniff'],
  'X-Frame-Options': ['SAMEORIGIN'],
  'X-XSS-Protection': ['1; mode=block'],
  'Content-Security-Policy': ["frame-ancestors 'self'"],
}

const kept = (howLong: string): Handler =>
  onSuccess({ 'Cache-Control': [howLong] })

// A browser asks each time whether there is another version, so that an upgrade
// of the package is used at once.
const asked = kept('no-cache')

const routesOf = (host: string): Route[] => [
  {
    handle: [
      onSuccess(always),
      {
        handler: 'encode',
        encodings: { gzip: {}, zstd: {} },
        prefer: ['zstd', 'gzip'],
      },
    ],
  },
  {
    // Element asks for the second before the first.
    match: [{ path: ['/config.json', `/config.${host}.json`] }],
    handle: [asked, ...fileAt(paths.webClientConfig)],
    terminal: true,
  },
  {
    // The hash of a version is in each of these paths.
    match: [{ path: ['/bundles/*'] }],
    handle: [kept('max-age=31536000, immutable'), filesIn(paths.webClient)],
    terminal: true,
  },
  { handle: [asked, filesIn(paths.webClient)], terminal: true },
]

/** The routes of the web client's host. */
export const webClientRoutes = ({
  webClientHost,
}: Pick<Params, 'webClientHost'>): Route[] =>
  webClientHost === undefined
    ? []
    : [
        {
          match: [{ host: [webClientHost] }],
          handle: [{ handler: 'subroute', routes: routesOf(webClientHost) }],
          terminal: true,
        },
      ]
