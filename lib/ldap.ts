import type { Params } from './params.ts'

/** LDAP as the module's configuration has it, if it is asked for. */
export const ldap = ({ ldapServer, ldapDomain, ldapPassword }: Params) => {
  if (ldapServer === undefined || ldapDomain === undefined) {
    return undefined
  }
  const suffix = ldapDomain
    .split('.')
    .map(label => `dc=${label}`)
    .join(',')
  const uris = ldapServer.map(host =>
    host.includes(':') ? `ldap://[${host}]:389` : `ldap://${host}:389`,
  )
  return {
    uris,
    base: `ou=People,${suffix}`,
    bindDn: `cn=Manager,${suffix}`,
    password: ldapPassword,
  }
}
