import type { Host } from '../../../host/host.ts'
import { hostPort } from '../../../formats/ip.ts'
import type { Params } from '../../../params/params.ts'
import { paths } from '../../../contract/paths.ts'
import type { LdapServer } from './probe-ldap.ts'
import type { Secret } from '../../../contract/secret.ts'
import type { Outside } from '../../../engine/steps/step.ts'
import { systemRoots } from '../../../tls/system-roots.ts'

/** The LDAP servers, and how people are found in them. */
interface Ldap {
  /** Names or addresses; those of IPv6 have no brackets. */
  hosts: readonly string[]
  port: number
  /** STARTTLS before anything else, or TLS from the first byte, or neither. */
  security: Params['ldapTls']
  /**
   * The file with the certificates of the authorities to trust, in PEM, in the
   * jail: those and no others. Without it the system's are trusted.
   */
  caPath: string | undefined
  base: string
  bindDn: string
  password: Secret
  /** Beside the user name; without it everybody below the base may log in. */
  filter: string | undefined
  attributes: { uid: string; mail: string; name: string }
}

const ports = { none: 389, starttls: 389, ldaps: 636 }

// Of the characters that RFC 4514 escapes no host name has one.
const suffix = (domain: string): string =>
  domain
    .split('.')
    .map(label => `dc=${label}`)
    .join(',')

/** Whether certificates of its own are to be trusted in LDAP servers. */
export const trustsOwn = ({ ldapTls, ldapCa }: Partial<Params>): boolean =>
  ldapTls !== 'none' && ldapCa !== undefined

/** LDAP as the parameters have it, if it is asked for. */
export const ldap = (params: Params): Ldap | undefined => {
  const { ldapServer, ldapDomain, ldapPassword, ldapTls } = params
  if (
    ldapServer === undefined ||
    ldapDomain === undefined ||
    ldapPassword === undefined
  ) {
    return undefined
  }
  return {
    hosts: ldapServer,
    port: ports[ldapTls],
    security: ldapTls,
    caPath: trustsOwn(params) ? paths.ldapCa : undefined,
    base: params.ldapBase ?? `ou=People,${suffix(ldapDomain)}`,
    bindDn: params.ldapBindDn ?? `cn=Manager,${suffix(ldapDomain)}`,
    password: ldapPassword,
    filter: params.ldapFilter,
    attributes: {
      uid: params.ldapUid,
      mail: params.ldapMail,
      name: params.ldapName,
    },
  }
}

/** What Synapse's module connects to. */
export const ldapUris = ({ hosts, port, security }: Ldap): string[] =>
  hosts.map(host => {
    const scheme = security === 'ldaps' ? 'ldaps' : 'ldap'
    return `${scheme}://${hostPort(host, port)}`
  })

/** The same servers, for who wants to connect to them. */
export const ldapServers = (params: Params): LdapServer[] => {
  const used = ldap(params)
  if (used === undefined) {
    return []
  }
  const { hosts, port, security, caPath, bindDn, password, base } = used
  const all = { port, security, caPath, bindDn, password, base }
  return hosts.map(host => ({ host, ...all }))
}

const rootsFor = ({ caPath }: LdapServer, host: Host): string[] =>
  caPath === undefined
    ? (systemRoots(host) ?? [])
    : [host.text(caPath) ?? []].flat()

/** An LDAP server, to be asked once. */
export const ldapOutside = (server: LdapServer): Outside => ({
  what: 'LDAP server',
  host: server.host,
  port: server.port,
  ask: async (host, time) => {
    const { probeLdap } = await import('./probe-ldap.ts')
    await probeLdap(server, rootsFor(server, host), host, time)
  },
})
