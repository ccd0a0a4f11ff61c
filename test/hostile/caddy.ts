// Where the texts of the edge's parameters must be found in Caddy's
// configuration.

import { isDeepStrictEqual } from 'node:util'
import type { Given } from '../small/given.ts'
import { must, plainly } from './planned.ts'

type Leaf = readonly [place: string, value: unknown]

/** All values that are no objects; a list of texts is one value. */
const leaves = (tree: unknown, place = ''): Leaf[] =>
  typeof tree !== 'object' ||
  tree === null ||
  (Array.isArray(tree) && tree.every(each => typeof each === 'string'))
    ? [[place, tree]]
    : Object.entries(tree).flatMap(([key, value]) =>
        leaves(value, `${place}/${key}`),
      )

/** The text as Caddy reads it: a placeholder would have another value. */
const asCaddy = (text: string): string => {
  must(!/(^|[^\\])\{/.test(text), `a placeholder: ${plainly(text)}`)
  return text.includes('{') ? text.replaceAll(/\\([{}])/g, '$1') : text
}

const textsIn = (all: readonly Leaf[]): string[] =>
  all.flatMap(([, value]) => (typeof value === 'string' ? [value] : []))

const lists = (all: readonly Leaf[]): string[][] =>
  all.flatMap(([, value]) => (Array.isArray(value) ? [value] : []))

/** What the server says about support, as a client reads it. */
const support = (given: Given): object => {
  const contact = given['SUPPORTCONTACT'] ?? given['ALERTEMAIL'] ?? ''
  const page = given['SUPPORTPAGE']
  const key = contact.startsWith('@') ? 'matrix_id' : 'email_address'
  return {
    contacts: [{ [key]: contact, role: 'm.role.admin' }],
    ...(page === undefined ? {} : { support_page: page }),
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * @param text the configuration, if there is one
 * @param plain the same for harmless texts
 * @throws {Error} the first mismatch
 */
export const judgeCaddy = (
  given: Given,
  text: string | undefined,
  plain: string | undefined,
): void => {
  must((text === undefined) === (plain === undefined), 'one has no Caddy')
  if (text === undefined || plain === undefined) {
    return
  }
  const [all, others] = [text, plain].map(each => leaves(JSON.parse(each)))
  const [shape, wanted] = [all, others].map(found => found?.map(([at]) => at))
  must(isDeepStrictEqual(shape, wanted), `other keys: ${plainly(shape)}`)
  const bodies = (all ?? []).flatMap(([at, value]) =>
    at.endsWith('/body') ? [parsed(asCaddy(String(value)))] : [],
  )
  must(
    bodies.some(each => isDeepStrictEqual(each, support(given))),
    `support is another: ${plainly(bodies)}`,
  )
  const texts = textsIn(all ?? [])
  for (const name of ['ACMEKID', 'ACMEHMAC']) {
    const value = given[name]
    must(value === undefined || texts.includes(value), `no ${name}`)
  }
  const mail = given['ALERTEMAIL'] ?? ''
  const emails = (all ?? []).filter(([at]) => at.endsWith('/email'))
  must(
    emails.every(([, value]) => asCaddy(String(value)) === mail),
    'another e-mail address',
  )
  const host = given['PUBLICHOST']?.toLowerCase()
  must(
    host === undefined || lists(all ?? []).some(([first]) => first === host),
    'no PUBLICHOST',
  )
}
