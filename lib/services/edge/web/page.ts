// The page at https://PUBLICHOST/: what this server is, and how to log in.

import { createHash } from 'node:crypto'
import { paths } from '../../../contract/paths.ts'
import { render } from '../../../formats/template.ts'
import type { Params } from '../../../params/params.ts'
import { signUpBy } from '../../../params/sign-up.ts'
import type { Route } from '../config/json.ts'
import { publicHostOf, publicUrlOf } from '../../../params/public-url.ts'
import { fileAt, onSuccess } from './serving.ts'

/** The address in a link, whatever its characters mean in a URL. */
const mailLinkTo = (address: string): string =>
  `mailto:${encodeURIComponent(address).replace(/%40(?=[^@]*$)/, '@')}`

/** Where a narrow screen may break a name: after the marks in it. */
const parts = (text: string): string[] => text.split(/(?<=[.:/])(?![.:/])/)

/** The text of the page. */
export const renderPage = (params: Params): string => {
  const { domain, webClientHost, federation } = params
  const { ldapServer, ldapOnly, supportPage } = params
  const contact = params.supportContact ?? params.alertEmail
  return render('page.html', {
    serverName: domain.name,
    nameParts: parts(domain.name),
    addressParts: parts(publicUrlOf(params).replace(/\/$/, '')),
    webClient: webClientHost && `https://${webClientHost}/`,
    federation,
    signUp: signUpBy(params),
    directory: ldapServer === undefined ? 'no' : ldapOnly ? 'only' : 'also',
    supportPage,
    contact,
    mailLink: contact.startsWith('@') ? undefined : mailLinkTo(contact),
  })
}

/**
 * What a browser may do with the page: use the style that is in it, and nothing
 * else (Content Security Policy Level 3, "Hash usage").
 */
const policyFor = (page: string): string => {
  const [, style = ''] = page.match(/<style>([^]*?)<\/style>/) ?? []
  const hash = createHash('sha256').update(style).digest('base64')
  return [
    "default-src 'none'",
    `style-src 'sha256-${hash}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** Serves the page at exactly `/`: all other paths are the homeserver's. */
export const pageRoutes = (params: Params): Route[] => [
  {
    match: [
      {
        host: [publicHostOf(params)],
        method: ['GET', 'HEAD'],
        // A matcher of paths would also take `//` and `/a/..`.
        vars: { '{http.request.uri.path}': ['/', '/index.html'] },
      },
    ],
    handle: [
      onSuccess({
        'Content-Security-Policy': [policyFor(renderPage(params))],
        'Referrer-Policy': ['no-referrer'],
        'Cache-Control': ['no-cache'],
      }),
      ...fileAt(paths.caddyPage),
    ],
    terminal: true,
  },
]
