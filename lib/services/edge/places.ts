import { paths } from '../../contract/paths.ts'
import { place, type Place } from '../../contract/place.ts'

/** The paths of the edge, for the documents. */
export const places: readonly Place[] = [
  place(
    'data',
    paths.caddyData,
    'www:www 0700',
    "EDGE: Caddy's own files: the account at the authority, and its certificates",
  ),
  place(
    'data',
    paths.caddyRootData,
    'root:wheel 0700',
    'EDGE: the same if Caddy runs as root',
  ),
  place(
    'jail',
    paths.caddyDir,
    'root:wheel 0755',
    "EDGE: directory of Caddy's configuration",
  ),
  place(
    'jail',
    paths.caddyConfig,
    'root:www 0640',
    "EDGE: Caddy's configuration, in its own format",
  ),
  place(
    'jail',
    paths.caddyOwnDir,
    'root:www 0750',
    'EDGE: directory of the files that Caddy reads',
  ),
  place(
    'jail',
    paths.caddyCertificate,
    'root:www 0644',
    'EDGE: the certificate that cook supplies to Caddy: a copy of that on the ' +
      'data set, or with ACME=yes one until that of the authority has come',
  ),
  place('jail', paths.caddyKey, 'root:www 0640', 'EDGE: its key'),
  place(
    'jail',
    paths.caddyCa,
    'root:www 0644',
    'ACMECA: a copy that Caddy reads',
  ),
  place(
    'jail',
    paths.caddyWebDir,
    'root:www 0750',
    'EDGE: directory of what Caddy serves for cook',
  ),
  place(
    'jail',
    paths.caddyPage,
    'root:www 0640',
    'EDGE: the page at https://PUBLICHOST/',
  ),
  place(
    'jail',
    paths.webClientConfig,
    'root:www 0640',
    "WEBCLIENTHOST: Element Web's configuration",
  ),
  place(
    'given',
    paths.webClient,
    undefined,
    'WEBCLIENTHOST: Element Web, from the package element-web',
  ),
  place(
    'jail',
    paths.sysctlConf,
    undefined,
    'EDGE: one line at the top, by which www may bind ports below 1024',
  ),
  place(
    'records',
    paths.caddyLog,
    undefined,
    "Caddy's log; Caddy rotates it at 10 MB and keeps 5",
  ),
  place(
    'records',
    paths.accessLog,
    undefined,
    'ACCESSLOG: the requests, without queries and headers; rotated the same way',
  ),
]
