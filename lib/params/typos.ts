import { nearest } from './nearest.ts'
import { isSecret, rows } from './params.ts'
import type { Report } from '../contract/report.ts'

/** A place that gives variables, by any name. */
export interface Source {
  name: string
  variables: ReadonlyMap<string, string>
}

const known = new Set(
  rows.flatMap(row => [
    row.name,
    ...(isSecret(row) ? [`${row.name}_FILE`] : []),
  ]),
)

// In short names one typo is a different word.
const mistakable = [...known].filter(name => name.length > 3)

/** Warns of variables that nearly have the name of a parameter. */
export const warnOfTypos = (source: Source, report: Report): void => {
  for (const name of source.variables.keys()) {
    const near =
      known.has(name) || name.length <= 3
        ? undefined
        : nearest(name, mistakable, 1)
    if (near !== undefined) {
      report.warning(name, source.name, `ignored: did you mean ${near}?`)
    }
  }
}
