// Values that a run by hand has and the next start of the jail has not.

import type { Host } from '../host/host.ts'
import { isSecret, rows, type Row } from './params.ts'
import { paths } from '../contract/paths.ts'
import { rcValue } from '../formats/rc-conf.ts'
import { show, type Report } from '../contract/report.ts'
import { reveal, type Secret } from '../contract/secret.ts'
import { singleQuoted } from '../formats/sh.ts'

/** A value that was given, and where. */
export interface Value {
  /** Empty where a flag takes away what others give. */
  value: string | Secret
  source: string
  /** The file that it was read from, where one was named for it. */
  file?: string
}

type Values = ReadonlyMap<string, Value>

/** What pot's file says: all its variables, and the parameters in them. */
interface PotValues {
  variables: ReadonlyMap<string, string>
  given: Values
  /** With what pot says of itself, where that serves. */
  all: Values
}

const cookName = 'cook'

/** Whether rc gives the same to each start: its flags and its variables. */
const isKept = (host: Host, row: Row, source: string): boolean => {
  const [place = ''] = source.split(', ')
  const inRc = (name: string, pattern: RegExp): boolean =>
    pattern.test(rcValue(host, cookName, `${cookName}_${name}`) ?? '')
  return place === 'environment'
    ? inRc('env', new RegExp(`(^|\\s)${row.name}(_FILE)?=`))
    : place === 'flag'
      ? inRc('args', new RegExp(`(^|\\s)--${row.flag}(-file)?([=\\s]|$)`))
      : (rcValue(host, cookName, `${cookName}_args`) ?? '').includes(place)
}

/** A word of sh's, as it is. */
const word = (text: string): string =>
  /^[\w.,:/@+=-]+$/.test(text) ? text : singleQuoted(text)

const shown = new Set(
  rows.flatMap(row => (isSecret(row) ? [`${row.name}_FILE`] : [row.name])),
)

// What may be a secret is not shown: sh stops where it is not set.
const assignment = ([name, value]: readonly [string, string]): string =>
  shown.has(name)
    ? `-E ${word(`${name}=${value}`)}`
    : `-E "${name}=\${${name}:?}"`

/** pot's set-env forgets what it is not told, and so is told everything. */
const command = (
  variables: ReadonlyMap<string, string>,
  changed: readonly (readonly [Row, Value])[],
): string => {
  const next = new Map(
    [...variables].filter(([name]) => !name.startsWith('_POT_')),
  )
  for (const [{ name }, { value, file }] of changed) {
    const [own, other] =
      file === undefined ? [name, `${name}_FILE`] : [`${name}_FILE`, name]
    const text = file ?? reveal(value)
    next.delete(other)
    if (text === '') {
      next.delete(own)
    } else {
      next.set(own, text)
    }
  }
  const pot = word(variables.get('_POT_NAME') ?? 'NAME')
  return ['pot set-env -p', pot, ...[...next].map(assignment)].join(' ')
}

const before = (row: Row, value: Value | undefined): string =>
  value === undefined
    ? 'which gives none'
    : isSecret(row)
      ? 'which gives another'
      : `which gives ${show(reveal(value.value))}`

/**
 * Warns of values that count now and not after the next start of the jail,
 * since pot's file says something else then, and tells how to make them last.
 * @param now what was given besides pot's file and the record
 */
export const warnOfFleeting = (
  host: Host,
  pot: PotValues,
  now: Values,
  report: Report,
): void => {
  const isNamed = Boolean(pot.variables.get('DOMAIN'))
  const changed = rows.flatMap((row): [Row, Value][] => {
    const value = now.get(row.name)
    // What pot says of itself serves too where a parameter is taken away.
    const pots = value?.value === '' ? pot.given : pot.all
    const old = reveal(pots.get(row.name)?.value ?? '')
    return value === undefined ||
      old === reveal(value.value) ||
      // Else the record keeps it.
      !(isNamed || pot.given.has(row.name)) ||
      isKept(host, row, value.source)
      ? []
      : [[row, value]]
  })
  for (const [row, { source }] of changed) {
    const message =
      'holds until the jail starts again, or cook runs without it: then ' +
      `${paths.potEnvironment} counts, ${before(row, pot.all.get(row.name))}`
    report.warning(row.name, source, message)
  }
  if (changed.length > 0) {
    const message =
      "to make it last, on the jail's host (set-env replaces all variables, " +
      'so all stand here; set those with ? before): ' +
      command(pot.variables, changed)
    report.warning(paths.potEnvironment, undefined, message)
  }
}
