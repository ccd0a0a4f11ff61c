// Values for all parameters at once, and what is known about each of them in
// advance.

import fc, { type Arbitrary } from 'fast-check'
import { kinds, type KindName } from '../../lib/params/kind.ts'
import { rows, type ParamName } from '../../lib/params/params.ts'
import type { Row } from '../../lib/params/row.ts'
import type { Given } from '../small/given.ts'
import { any, carriable, isImpossible, right } from './texts.ts'

export interface Entry {
  text: string
  /** Certainly valid, certainly invalid, or unknown. */
  state: 'right' | 'wrong' | 'open'
}

export type HostileSet = ReadonlyMap<string, Entry>

/** Kinds that accept any text. */
const anyText: readonly KindName[] = ['secret', 'text']

const stateOf = (row: Row, text: string): Entry['state'] =>
  isImpossible(text) ||
  (row.name === 'ADMINPASS' && [...text].length > 512) ||
  (row.name === 'ACMEHMAC' && !/^[\w-]+$/.test(text))
    ? 'wrong'
    : anyText.includes(row.kind)
      ? 'right'
      : 'open'

const entryOf = (row: Row): Arbitrary<Entry> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: right[row.kind].map(text => {
        const state = stateOf(row, text)
        return { text, state: state === 'wrong' ? state : ('right' as const) }
      }),
    },
    {
      weight: 5,
      arbitrary: fc
        .oneof(
          { weight: 3, arbitrary: carriable },
          { weight: 1, arbitrary: any },
        )
        .map(text => ({ text, state: stateOf(row, text) })),
    },
  )

const ofLdap = ['LDAPSERVER', 'LDAPPASSWORD', 'LDAPDOMAIN'] as const

const needs: Readonly<Partial<Record<ParamName, readonly ParamName[]>>> = {
  SMTPHOST: ['SMTPFROM'],
  SMTPFROM: ['SMTPHOST'],
  SMTPUSER: ['SMTPPASS', 'SMTPHOST', 'SMTPFROM'],
  SMTPPASS: ['SMTPUSER', 'SMTPHOST', 'SMTPFROM'],
  ADMINPASS: ['ADMINUSER'],
  ACMEKID: ['ACMEHMAC'],
  ACMEHMAC: ['ACMEKID'],
}

const neededBy = ({ name, group }: Row): readonly string[] =>
  group === 'LDAP' ? ofLdap : (needs[name as ParamName] ?? [])

const isYes = (set: HostileSet, name: ParamName): boolean => {
  const parsed = kinds.boolean.parse(set.get(name)?.text ?? 'no')
  return 'value' in parsed && parsed.value
}

const ofEdge = new Set(
  rows
    .filter(({ name, group }) => group === 'edge' && name !== 'EDGE')
    .map(({ name }) => name),
)

const ofAcme = [...ofEdge].filter(name => /^ACME./.test(name))

/** Switches without which others have no place, or which exclude them. */
const switched = (set: HostileSet): Record<string, string> => ({
  ...(isYes(set, 'LDAPONLY') && isYes(set, 'REGISTRATIONENABLE')
    ? { REGISTRATIONENABLE: 'no' }
    : {}),
  ...(isYes(set, 'EDGE') && set.has('NOSSL') ? { NOSSL: 'no' } : {}),
  ...(ofAcme.some(name => set.has(name)) ? { ACME: 'yes' } : {}),
  ...(/:\d+$/.test(set.get('DOMAIN')?.text ?? '') && set.has('SERVEDOMAIN')
    ? { SERVEDOMAIN: 'no' }
    : {}),
})

/** The set without values that are right but exclude each other. */
const compatible = (all: HostileSet): HostileSet => {
  const set: HostileSet = isYes(all, 'EDGE')
    ? all
    : new Map([...all].filter(([name]) => !ofEdge.has(name)))
  const others = Object.entries(switched(set)).map(
    ([name, text]) => [name, { text, state: 'right' }] as const,
  )
  return new Map([...set, ...others])
}

/** All parameters, or most of them, each with a text. */
export const hostileSet: Arbitrary<HostileSet> = fc
  .tuple(
    ...rows.map(row => fc.tuple(entryOf(row), fc.integer({ min: 0, max: 9 }))),
  )
  .map(all => {
    const wanted = new Set<string>()
    all.forEach(([, luck], index) => {
      const row = rows[index]!
      if (row.required || luck > 0) {
        ;[row.name, ...neededBy(row)].forEach(name => wanted.add(name))
      }
    })
    const set = all.flatMap(([entry], index) =>
      wanted.has(rows[index]!.name)
        ? [[rows[index]!.name, entry] as const]
        : [],
    )
    return compatible(new Map(set))
  })

export const givenBy = (set: HostileSet): Given =>
  Object.fromEntries([...set].map(([name, { text }]) => [name, text]))

const excluding = ['LDAPONLY', 'REGISTRATIONENABLE', 'NOSSL', 'SERVEDOMAIN']

// An example that excludes no other value.
const exampleOf = (name: string, set: HostileSet): string =>
  excluding.includes(name) ||
  (name === 'EDGE' && ![...set.keys()].some(each => ofEdge.has(each)))
    ? 'no'
    : rows.find(row => row.name === name)!.example

/** The set with examples for the refused parameters. */
export const withExamples = (
  set: HostileSet,
  refused: ReadonlySet<string>,
): HostileSet =>
  new Map(
    [...set].map(([name, entry]) => [
      name,
      refused.has(name)
        ? { text: exampleOf(name, set), state: 'right' as const }
        : entry,
    ]),
  )

/** The set with other texts, and examples for the rest. */
export const withTexts = (
  set: HostileSet,
  change: (text: string, name: string) => string | undefined,
): Given =>
  Object.fromEntries(
    [...set].map(([name, { text }]) => [
      name,
      change(text, name) ?? exampleOf(name, set),
    ]),
  )

// They determine which keys exist.
const switches: readonly KindName[] = [
  'boolean',
  'port',
  'seconds',
  'size',
  'logLevel',
  'verification',
  'mailTls',
  'ldapTls',
]

/** The same parameters with the same switches, and harmless texts. */
export const harmless = (given: Given): Given =>
  Object.fromEntries(
    rows.flatMap(({ name, kind, example }) => {
      const text = given[name]
      return text === undefined
        ? []
        : [[name, switches.includes(kind) ? text : example]]
    }),
  )
