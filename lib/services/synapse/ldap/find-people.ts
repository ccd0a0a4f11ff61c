// Whether Synapse will find anybody in an LDAP server.

import { listed, show } from '../../../contract/report.ts'
import { trouble } from '../../../net/trouble.ts'

/** An entry that was found, by the names of its attributes. */
export type Found = Readonly<Record<string, { readonly length: number }>>

/**
 * Searches below LDAPBASE, or among the entries directly below it (`one`).
 * @returns one entry; `unsure` if the server does not answer such a search
 */
export type Search = (
  filter: string,
  scope: 'sub' | 'one',
) => Promise<Found | 'unsure' | undefined>

/** How a service finds people. */
export interface Searched {
  /** The entry below which people are looked for. */
  base: string
  /** Which of them count; without it all do. */
  filter: string | undefined
  /** The attributes that hold what the service reads of a person. */
  attributes: { uid: string; mail: string; name: string }
  /** The administrator, if no password but that of LDAP counts. */
  administrator: string | undefined
}

/** Why there is no user. */
const whyNobody = async (
  search: Search,
  { base, filter, attributes: { uid } }: Searched,
): Promise<string> => {
  const below = `below LDAPBASE, ${show(base)}`
  if (filter !== undefined && (await search(`(${uid}=*)`, 'sub'))) {
    return `LDAPFILTER, ${show(filter)}, fits no user ${below}`
  }
  return (await search('(objectClass=*)', 'one')) === undefined
    ? `there is no entry ${below}`
    : `no entry ${below} has the attribute ${uid} (LDAPUID)`
}

const isIn = (found: Found, attribute: string): boolean =>
  Object.entries(found).some(
    ([name, values]) =>
      name.toLowerCase() === attribute.toLowerCase() && values.length > 0,
  )

// RFC 4515, section 3.
const escaped = (value: string): string =>
  value.replaceAll(
    /[\\*()\0]/g,
    each => `\\${each.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )

/**
 * Searches for a user, as Synapse will at each login, and for the attributes
 * that it will read.
 * @throws {Failure} why nobody can log in, or which attribute no user has
 */
export const findPeople = async (
  search: Search,
  searched: Searched,
): Promise<void> => {
  const { filter = '', attributes, administrator } = searched
  // Synapse's LDAP module puts the two together in this way.
  const people = `(${attributes.uid}=*)${filter}`
  const one = await search(`(&${people})`, 'sub')
  if (one === 'unsure') {
    return
  }
  if (one === undefined) {
    const why = await whyNobody(search, searched)
    throw trouble(`has nobody who can log in: ${why}`)
  }
  if (administrator !== undefined) {
    const named = `(${attributes.uid}=${escaped(administrator)})`
    if ((await search(`(&${named}${filter})`, 'sub')) === undefined) {
      throw trouble(
        `has no user ${administrator} (ADMINUSER), who cannot log in ` +
          'otherwise with LDAPONLY=yes',
      )
    }
  }
  const lacking: string[] = []
  for (const [attribute, parameter] of [
    [attributes.mail, 'LDAPMAIL'],
    [attributes.name, 'LDAPNAME'],
  ] as const) {
    const isThere =
      isIn(one, attribute) ||
      (await search(`(&${people}(${attribute}=*))`, 'sub'))
    if (!isThere) {
      lacking.push(`${attribute} (${parameter})`)
    }
  }
  if (lacking.length > 0) {
    throw trouble(`has no user with the attribute ${listed(lacking)}`)
  }
}
