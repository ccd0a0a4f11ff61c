// Where the text of each parameter must be found, and in which form: derived
// from the text alone.

import { rows, type ParamName } from '../../lib/params/params.ts'
import type { Given } from '../small/given.ts'
import { spellings } from './texts.ts'

type Step = string | number

/** A path in the tree of homeserver.yaml, and the value that must be there. */
export type Found = readonly [place: readonly Step[], value: unknown]

type Places = (text: string, given: Given) => readonly Found[]

const isYes = (text = ''): boolean => /^(yes|true|on|1)$/i.test(text)

const items = (text: string): string[] => text.split(',').map(s => s.trim())

const canonical = (text: string): string => spellings[text] ?? text

const unique = (all: readonly string[]): string[] => [...new Set(all)]

const at =
  (...place: readonly Step[]): Places =>
  text => [[place, text]]

const inLdap = (...place: readonly Step[]): Places =>
  at('modules', 0, 'config', ...place)

// Switches are compared with a run that has the same ones.
const aSwitch: Places = () => []

// Only the path is given; cook checks the file.
const aPath: Places = () => []

const inCaddy: Places = () => []

const ofDomain: Places = (text, given) => {
  const isProxied = isYes(given['NOSSL']) || isYes(given['EDGE'])
  const tls = isProxied ? undefined : '/mnt/matrixdata/tls'
  const isBare = tls === undefined || /:\d+$/.test(text)
  const url = isYes(given['EDGE'])
    ? (given['PUBLICHOST'] ?? text.replace(/:\d+$/, '')).toLowerCase()
    : text + (isBare ? '' : ':8448')
  return [
    [['server_name'], text],
    [['signing_key_path'], `/mnt/matrixdata/keys/${text}.signing.key`],
    ...(tls === undefined
      ? []
      : ([
          [['tls_certificate_path'], `${tls}/${text}.crt`],
          [['tls_private_key_path'], `${tls}/${text}.key`],
        ] as const)),
    ...(given['PUBLICURL'] === undefined
      ? ([[['public_baseurl'], `https://${url}/`]] as const)
      : []),
  ]
}

const encodedWord = /=\?UTF-8\?B\?([A-Za-z0-9+/=]*)\?=/g

/** The name of a sender that a mail program shows. */
const decoded = (text: string): string =>
  text
    .replaceAll(/\?= =\?/g, '?==?')
    .replaceAll(encodedWord, (_, base64: string) =>
      Buffer.from(base64, 'base64').toString(),
    )

const ofSender = ['email', 'notif_from'] as const

// A non-ASCII name arrives encoded, without its quotes.
const sender: Places = text => {
  const [, name = '', address] = text.match(/^(.*)<([^<>]*)>$/s) ?? []
  if (!/[^\x20-\x7e]/.test(name)) {
    return [[ofSender, text]]
  }
  const shown = name
    .trim()
    .replaceAll('%(app)s', 'Matrix')
    .replace(/^"(.*)"$/s, '$1')
  return [[ofSender, { decoded: `${shown} <${address}>` }]]
}

const ofLdapDomain: Places = (text, given) => {
  const suffix = text
    .split('.')
    .map(label => `dc=${label}`)
    .join(',')
  const config = ['modules', 0, 'config'] as const
  return [
    ...(given['LDAPBASE'] === undefined
      ? ([[[...config, 'base'], `ou=People,${suffix}`]] as const)
      : []),
    ...(given['LDAPBINDDN'] === undefined
      ? ([[[...config, 'bind_dn'], `cn=Manager,${suffix}`]] as const)
      : []),
  ]
}

const ofLdapServers: Places = (text, given) => {
  const security = given['LDAPTLS']?.toLowerCase() ?? 'none'
  const [scheme, port] = security === 'ldaps' ? ['ldaps', 636] : ['ldap', 389]
  const uris = unique(items(text)).map(
    host => `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`,
  )
  return [[['modules', 0, 'config', 'uri'], uris]]
}

// A text that is missing here is not tested: that is an error.
const texts: Readonly<Partial<Record<ParamName, Places>>> = {
  DOMAIN: ofDomain,
  // Behind the edge Synapse has no address.
  IP: (text, given) => {
    if (isYes(given['EDGE'])) {
      return []
    }
    const all = unique(items(text).map(canonical))
    const inner = all.every(each => each.includes(':')) ? '::1' : '127.0.0.1'
    return [
      [['listeners', 0, 'bind_addresses'], all],
      ...(isYes(given['NOSSL'])
        ? []
        : ([[['listeners', 1, 'bind_addresses'], [inner]]] as const)),
    ]
  },
  ALERTEMAIL: text => [[['admin_contact'], `mailto:${text}`]],
  PUBLICURL: at('public_baseurl'),
  FEDERATIONCA: aPath,
  // In files of the edge: see test/services/edge/web/.
  WEBCLIENTHOST: () => [],
  MYSHAREDSECRET: at('registration_shared_secret'),
  // These two are for Synapse's API alone.
  ADMINUSER: () => [],
  ADMINPASS: () => [],
  SMTPHOST: at('email', 'smtp_host'),
  SMTPPORT: (text, given) =>
    given['SMTPHOST'] === undefined
      ? []
      : [[['email', 'smtp_port'], Number(text)]],
  SMTPCA: aPath,
  SMTPUSER: at('email', 'smtp_user'),
  SMTPPASS: at('email', 'smtp_pass'),
  SMTPFROM: sender,
  // Caddy's configuration has these: test/hostile/caddy.ts.
  PUBLICHOST: inCaddy,
  SUPPORTPAGE: inCaddy,
  SUPPORTCONTACT: inCaddy,
  TRUSTEDPROXIES: inCaddy,
  ADMINNETWORKS: inCaddy,
  ACMEDIRECTORY: inCaddy,
  ACMEKID: inCaddy,
  ACMEHMAC: inCaddy,
  ACMECA: aPath,
  LDAPSERVER: ofLdapServers,
  LDAPPASSWORD: inLdap('bind_password'),
  LDAPDOMAIN: ofLdapDomain,
  LDAPCA: aPath,
  LDAPBASE: inLdap('base'),
  LDAPBINDDN: inLdap('bind_dn'),
  LDAPFILTER: inLdap('filter'),
  LDAPUID: inLdap('attributes', 'uid'),
  LDAPMAIL: inLdap('attributes', 'mail'),
  LDAPNAME: inLdap('attributes', 'name'),
  TURNURIS: text => [[['turn_uris'], unique(items(text))]],
  TURNSECRET: at('turn_shared_secret'),
  RTCURL: at('matrix_rtc', 'transports', 0, 'url'),
  RTCJWT: text => [
    [['matrix_rtc', 'transports', 0, 'livekit_service_url'], text],
    [
      [
        'extra_well_known_client_content',
        'org.matrix.msc4143.rtc_foci',
        0,
        'livekit_service_url',
      ],
      text,
    ],
  ],
}

const isObject = (value: unknown): value is Record<Step, unknown> =>
  typeof value === 'object' && value !== null

/** The value at a place. */
export const valueAt = (tree: unknown, place: readonly Step[]): unknown =>
  place.reduce(
    (value, step) => (isObject(value) ? value[step] : undefined),
    tree,
  )

/** The same tree with other values; a missing place is a failure. */
export const withFound = (tree: unknown, found: readonly Found[]): unknown => {
  const copy: unknown = structuredClone(tree)
  for (const [place, value] of found) {
    const last = place.at(-1)!
    const parent = valueAt(copy, place.slice(0, -1))
    if (!isObject(parent) || !(last in parent)) {
      throw new Error(`there is no ${place.join('.')}`)
    }
    parent[last] = value
  }
  return copy
}

/** The tree with the sender decoded, if it must be encoded. */
export const withDecoded = (tree: unknown, found: readonly Found[]): unknown =>
  found.some(([place, value]) => place === ofSender && isObject(value))
    ? withFound(tree, [
        [ofSender, { decoded: decoded(String(valueAt(tree, ofSender))) }],
      ])
    : tree

/** Of these only a few texts are taken, or numbers: they name no place. */
const ofFew = new Set<string>([
  ...['boolean', 'size', 'seconds', 'logLevel', 'logTarget'],
  ...['verification', 'mailTls', 'ldapTls'],
])

/** Where the values of a parameter arrive. */
export const placesOf = (name: ParamName): Places => {
  const row = rows.find(each => each.name === name)
  const found =
    texts[name] ?? (row && ofFew.has(row.kind) ? aSwitch : undefined)
  if (found === undefined) {
    throw new Error(`test/hostile/places.ts does not say where ${name} arrives`)
  }
  return found
}
