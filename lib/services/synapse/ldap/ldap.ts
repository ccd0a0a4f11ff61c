import type { Host } from '../../../host/host.ts'
import { hostPort } from '../../../formats/ip.ts'
import type { Params } from '../../../params/params.ts'
import { paths } from '../../../contract/paths.ts'
import type { LdapServer } from './probe-ldap.ts'
import type { Secret } from '../../../contract/secret.ts'
import type { Outside } from '../../../engine/steps/daemon.ts'
import { systemRoots } from '../../../tls/system-roots.ts'

/** The LDAP servers, and how Synapse finds users in them. */
interface Ldap {
  /** Host names or addresses; IPv6 addresses have no brackets. */
  hosts: readonly string[]
  port: number
  /** STARTTLS, TLS from the first byte, or neither. */
  security: Params['ldapTls']
  /**
   * The PEM file, in the jail, of the only authorities to trust. Without it the
   * system's are trusted.
   */
  caPath: string | undefined
  base: string
  bindDn: string
  password: Secret
  /** Which users may log in; without it all below the base may. */
  filter: string | undefined
  attributes: { uid: string; mail: string; name: string }
}

const ports = { none: 389, starttls: 389, ldaps: 636 }

// A host name has none of the characters that RFC 4514 escapes.
const suffix = (domain: string): string =>
  domain
    .split('.')
    .map(label => `dc=${label}`)
    .join(',')

/** Whether LDAPCA replaces the system's certificates. */
export const trustsOwn = ({ ldapTls, ldapCa }: Partial<Params>): boolean =>
  ldapTls !== 'none' && ldapCa !== undefined

/** The LDAP settings from the parameters, if LDAP is configured. */
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

/** The URIs to which Synapse's LDAP module connects. */
export const ldapUris = ({ hosts, port, security }: Ldap): string[] =>
  hosts.map(host => {
    const scheme = security === 'ldaps' ? 'ldaps' : 'ldap'
    return `${scheme}://${hostPort(host, port)}`
  })

/** The same servers, for a probe. */
export const ldapServers = (params: Params): LdapServer[] => {
  const used = ldap(params)
  if (used === undefined) {
    return []
  }
  const { hosts, ...each } = used
  const administrator = params.ldapOnly ? params.adminUser : undefined
  return hosts.map(host => ({ host, ...each, administrator }))
}

/** The authorities that Synapse trusts there, in PEM. */
export const ldapRoots = ({ caPath }: LdapServer, host: Host): string[] =>
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
    await probeLdap(server, ldapRoots(server, host), host, time)
  },
})
