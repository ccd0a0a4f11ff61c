import { nearest } from './nearest.ts'
import { rows } from './params.ts'
import { isSecret } from './row.ts'
import type { Report } from '../contract/report.ts'

/** A source of variables, whatever their names. */
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

// In short names one typo makes a different word.
const mistakable = [...known].filter(name => name.length > 3)

/** Warns of variables whose name is one typo away from a parameter's. */
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
