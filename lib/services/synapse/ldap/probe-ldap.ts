// The only module that uses LDAP: it does what Synapse's LDAP module does at
// each login, up to the search for the user.

import { isIP, type Socket } from 'node:net'
import { Client } from 'ldapts'
import { askPython } from '../python.ts'
import {
  connect,
  secure,
  tlsOptions,
  type Trust,
} from '../../../net/connection.ts'
import type { Time } from '../../../net/time.ts'
import { codeOf, ended, ldapTrouble, noSuchObject, words } from './errors.ts'
import { errorCode, errorMessage, Failure } from '../../../contract/failure.ts'
import { findPeople, type Search, type Searched } from './find-people.ts'
import type { Host } from '../../../host/host.ts'
import { show } from '../../../contract/report.ts'
import type { Secret } from '../../../contract/secret.ts'
import { tlsTrouble, trouble } from '../../../net/trouble.ts'

/** An LDAP server in which a service looks for people. */
export interface LdapServer extends Searched {
  host: string
  port: number
  security: 'none' | 'starttls' | 'ldaps'
  /** The file with the certificates to trust, if not the system's. */
  caPath: string | undefined
  bindDn: string
  password: Secret
}

// ldap3 leaves names to ssl.match_hostname, which Python has up to 3.11. The
// copy that ldap3 brings for later ones knows no addresses.
const lackOfAddresses = async (
  { host: name, security }: LdapServer,
  host: Host,
): Promise<{ noAddresses?: string }> => {
  const code = 'import ssl; print(hasattr(ssl, "match_hostname"))'
  return security !== 'none' &&
    isIP(name) !== 0 &&
    (await askPython(host, code)) === 'False'
    ? {
        noAddresses:
          "is given by its address, but Synapse's LDAP module accepts " +
          'certificates for host names only, with Python 3.12 or later: set ' +
          'LDAPSERVER to the host name in the certificate',
      }
    : {}
}

// The rules of Python's ssl module and of ldap3.
const trustOf = (
  { host: name, caPath, security }: LdapServer,
  roots: readonly string[],
): Trust => ({
  ...{ name, roots },
  whose: caPath === undefined ? "the jail's system, /etc/ssl" : 'LDAPCA alone',
  otherwise:
    security === 'ldaps'
      ? ': if it expects STARTTLS, set LDAPTLS=starttls'
      : '',
  tellsName: false,
  takesCommonName: true,
})

const startTls = async (client: Client, trust: Trust): Promise<void> => {
  try {
    await client.startTLS(tlsOptions(trust))
  } catch (error) {
    if (codeOf(error) !== undefined) {
      throw trouble('offers no STARTTLS: try LDAPTLS=ldaps')
    }
    // Without a code it is an error of the library: there was no answer.
    const isHeard = error instanceof Failure || errorCode(error) !== undefined
    const cause = isHeard ? error : ended
    throw tlsTrouble(cause, trust.whose, trust.otherwise)
  }
}

const bind = async (
  client: Client,
  { bindDn, password }: LdapServer,
): Promise<void> => {
  try {
    await client.bind(bindDn, password.reveal())
  } catch (error) {
    throw ldapTrouble(error, ` (${show(bindDn)})`)
  }
}

const findBase = async (client: Client, base: string): Promise<void> => {
  // 1.1 requests no attributes (RFC 4511, 4.5.1.8).
  const asked = { scope: 'base' as const, attributes: ['1.1'] }
  const found = await client.search(base, asked).catch(error => {
    throw ldapTrouble(error, `: LDAPBASE is ${show(base)}`)
  })
  if (found.searchEntries.length === 0) {
    throw trouble(`${words[noSuchObject]}: LDAPBASE is ${show(base)}`)
  }
}

// RFC 4511, 4.1.9: timeLimitExceeded, adminLimitExceeded, unwillingToPerform. A
// server may refuse to search for all users, but not for one.
const unsure = [3, 11, 53]

const searchWith =
  (client: Client, { base, attributes }: LdapServer): Search =>
  async (filter, scope) => {
    const asked = { scope, filter, sizeLimit: 1 }
    try {
      const { searchEntries } = await client.search(base, {
        ...asked,
        attributes: Object.values(attributes),
      })
      return searchEntries[0]
    } catch (error) {
      const code = codeOf(error)
      // Without a code, on an open connection, ldapts cannot parse the filter.
      if (code === undefined ? client.isConnected : unsure.includes(code)) {
        return 'unsure'
      }
      throw ldapTrouble(error, `: LDAPBASE is ${show(base)}`)
    }
  }

// Synapse's LDAP module asks LDAP before the local passwords count. It has no
// time limit, and tries its servers until one of them answers.
const consequence =
  '. While no LDAP server answers, nobody can log in: local accounts have to ' +
  'wait, too'

const withConsequence = (time: Time): Time => ({
  ...time,
  waitingFor: (what, hint = '') =>
    time.waitingFor(what, `${hint}${consequence}`),
})

const reach = async (
  { host: name, port }: LdapServer,
  host: Host,
  time: Time,
): Promise<Socket> => {
  try {
    return await connect(name, port, host, time)
  } catch (error) {
    throw trouble(`${errorMessage(error)}${consequence}`)
  }
}

/** How far a conversation with an LDAP server is. */
export type LdapStage = 'connection' | 'login' | 'users'

/**
 * Logs in to an LDAP server as Synapse does and searches for LDAPBASE and users.
 * @param roots the certificates of authorities that are trusted there
 * @param at hears of each stage but the first
 * @throws {Failure} the problem that Synapse will have with it
 */
export const probeLdap = async (
  server: LdapServer,
  roots: readonly string[],
  host: Host,
  limit: Time,
  at: (stage: LdapStage) => void = () => undefined,
): Promise<void> => {
  const { security, base } = server
  const time = withConsequence(limit)
  const [socket, addresses] = await Promise.all([
    reach(server, host, time),
    lackOfAddresses(server, host),
  ])
  const trust = { ...trustOf(server, roots), ...addresses }
  const carrier =
    security === 'ldaps' ? await secure(socket, trust, time) : socket
  const client = new Client({
    url: 'ldap://server',
    createConnection: () => Object.assign(carrier, { id: '' }),
  })
  if (security === 'starttls') {
    time.waitingFor('does not answer STARTTLS')
    await startTls(client, trust)
  }
  at('login')
  time.waitingFor('does not answer the login')
  await bind(client, server)
  at('users')
  time.waitingFor('does not answer the search for LDAPBASE')
  await findBase(client, base)
  // A server may be slow to find any user, and quick to find a certain one.
  limit.waitingFor('does not answer the search for users')
  await findPeople(searchWith(client, server), server)
  await client.unbind().catch(() => undefined)
}
