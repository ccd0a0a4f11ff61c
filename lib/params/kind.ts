import { localpart } from './kinds/account.ts'
import { serviceUrl, turnUris, websocketUrl } from './kinds/calls.ts'
import { ldapFilter } from './kinds/ldap-filter.ts'
import { dn, ldapAttribute } from './kinds/ldap-name.ts'
import { ldapServers } from './kinds/ldap-server.ts'
import { email, mailbox } from './kinds/mail.ts'
import { contact } from './kinds/contact.ts'
import type { Kind } from './kinds/parsed.ts'
import { acmeDirectory, networks } from './kinds/edge.ts'
import {
  addresses,
  domainName,
  file,
  files,
  host,
  hostName,
  link,
  serverName,
  url,
} from './kinds/place.ts'
import {
  boolean,
  oneOf,
  port,
  seconds,
  secret,
  size,
  text,
} from './kinds/plain.ts'

/** Every kind that a row of the parameter table may have. */
export const kinds = {
  serverName,
  addresses,
  host,
  hostName,
  networks,
  domainName,
  email,
  contact,
  mailbox,
  localpart,
  boolean,
  secret,
  text,
  port,
  seconds,
  url,
  link,
  acmeDirectory,
  size,
  file,
  files,
  ldapServers,
  dn,
  ldapFilter,
  ldapAttribute,
  turnUris,
  websocketUrl,
  serviceUrl,
  logLevel: oneOf(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL']),
  logTarget: oneOf(['file', 'stdout']),
  verification: oneOf(['email', 'token', 'none']),
  mailTls: oneOf(['auto', 'none', 'starttls', 'implicit']),
  ldapTls: oneOf(['none', 'starttls', 'ldaps']),
}

export type KindName = keyof typeof kinds

/** The type that text of kind K becomes. */
export type Value<K extends KindName> =
  (typeof kinds)[K] extends Kind<infer T> ? T : never
