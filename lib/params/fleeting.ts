// Values of a run by hand that the next start of the jail will not have.

import type { Host } from '../host/host.ts'
import { rows } from './params.ts'
import { isSecret, type Row } from './row.ts'
import { paths } from '../contract/paths.ts'
import { rcValue } from '../formats/rc-conf.ts'
import { show, type Report } from '../contract/report.ts'
import { reveal, type Secret } from '../contract/secret.ts'
import { singleQuoted } from '../formats/sh.ts'

/** A value that was given, and its source. */
export interface Value {
  /** Empty if a flag removes what other sources give. */
  value: string | Secret
  source: string
  /** The file from which it was read, if one was named. */
  file?: string
}

type Values = ReadonlyMap<string, Value>

/** The contents of pot's file: all variables, and the parameters in them. */
interface PotValues {
  variables: ReadonlyMap<string, string>
  given: Values
  /** The same with pot's own variables where they are a fallback. */
  all: Values
}

const cookName = 'cook'

/** Whether cook_args or cook_env in rc.conf give the same at each start. */
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

/** The text as one word of sh(1). */
const word = (text: string): string =>
  /^[\w.,:/@+=-]+$/.test(text) ? text : singleQuoted(text)

const shown = new Set(
  rows.flatMap(row => (isSecret(row) ? [`${row.name}_FILE`] : [row.name])),
)

// A possible secret is not printed: sh(1) takes it from a variable, and stops
// if that is not set.
const assignment = ([name, value]: readonly [string, string]): string =>
  shown.has(name)
    ? `-E ${word(`${name}=${value}`)}`
    : `-E "${name}=\${${name}:?}"`

/** `pot set-env` replaces all variables, so every one is listed. */
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
    ? 'which does not set it'
    : isSecret(row)
      ? 'which has another value'
      : `which has ${show(reveal(value.value))}`

/**
 * Warns of values that apply now but not after the next start of the jail,
 * because pot's file has other ones, and prints the command that keeps them.
 * @param now the values from all sources but pot's file and the record
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
    // If a flag removes a parameter, pot's own variable is still a fallback.
    const pots = value?.value === '' ? pot.given : pot.all
    const old = reveal(pots.get(row.name)?.value ?? '')
    return value === undefined ||
      old === reveal(value.value) ||
      // Otherwise the record keeps it.
      !(isNamed || pot.given.has(row.name)) ||
      isKept(host, row, value.source)
      ? []
      : [[row, value]]
  })
  for (const [row, { source }] of changed) {
    const message =
      'lasts until the jail is restarted or cook runs without it: then ' +
      `${paths.potEnvironment} applies, ${before(row, pot.all.get(row.name))}`
    report.warning(row.name, source, message)
  }
  if (changed.length > 0) {
    const message =
      'to keep it, run this on the host, with the variables that have :? set ' +
      'in its shell (pot set-env replaces all variables: every one is listed): ' +
      command(pot.variables, changed)
    report.warning(paths.potEnvironment, undefined, message)
  }
}
