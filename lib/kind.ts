import { localpart } from './kinds/account.ts'
import { email, mailbox } from './kinds/mail.ts'
import type { Kind } from './kinds/parsed.ts'
import {
  addresses,
  domainName,
  files,
  host,
  hosts,
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
  hosts,
  host,
  domainName,
  email,
  mailbox,
  localpart,
  boolean,
  secret,
  text,
  port,
  seconds,
  url,
  size,
  files,
  logLevel: oneOf(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL']),
  logTarget: oneOf(['file', 'stdout']),
  verification: oneOf(['email', 'token', 'none']),
  mailTls: oneOf(['auto', 'none', 'starttls', 'implicit']),
}

export type KindName = keyof typeof kinds

/** What a text of kind K becomes. */
export type Value<K extends KindName> =
  (typeof kinds)[K] extends Kind<infer T> ? T : never
