import type { Params } from '../../../params/params.ts'
import { paths } from '../../../contract/paths.ts'
import { hostPort } from '../../../formats/ip.ts'
import { federationPort } from '../../../formats/server-name.ts'
import { render } from '../../../formats/template.ts'
import { sitesOf, wildcardFor } from '../names.ts'
import { clientsBehind } from './client.ts'
import { loggingOf } from './logging.ts'
import { plainRoutes, secureRoutes } from './routes.ts'
import { certificatesOf } from './tls.ts'

/** What the configuration depends on besides the parameters. */
export interface Setting {
  /** The directory of Caddy's own files. */
  storage: string
  /** Whether Caddy is 2.8 or later. */
  isModern: boolean
  /** Whether Caddy gets a certificate with the exact names. */
  isSupplied: boolean
}

/** The ports with TLS. */
export const securePorts = ({ federation }: Pick<Params, 'federation'>) =>
  federation ? [443, federationPort] : [443]

const at = (ip: readonly string[], ...ports: number[]): string[] =>
  ports.flatMap(port => ip.map(each => `tcp/${hostPort(each, port)}`))

/** The text of Caddy's configuration. */
export const renderEdge = (
  params: Params,
  { storage, isModern, isSupplied }: Setting,
): string => {
  const { ip, accessLog, trustedProxies = [] } = params
  const [first = ''] = sitesOf(params)
  const clients = clientsBehind(trustedProxies, isModern)
  const logs = accessLog ? { logs: { default_logger_name: 'access' } } : {}
  const text = render('caddy.json', {
    admin: `unix/${paths.caddySocket}`,
    storage,
    logging: loggingOf(accessLog),
    plainListen: at(ip, 80),
    plainRoutes: plainRoutes(params),
    secureListen: at(ip, ...securePorts(params)),
    // For clients that name no host: always one that is there.
    defaultName: isSupplied ? first : wildcardFor(first),
    more: Object.entries({ ...clients.server, ...logs }),
    secureRoutes: secureRoutes(params, clients),
    certificates: certificatesOf(params),
  })
  // In lines, for people.
  return `${JSON.stringify(JSON.parse(text), null, 2)}\n`
}
