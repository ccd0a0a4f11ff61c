import type { FindingRow } from './row.ts'
import { causes } from './causes.ts'
import { names } from './names.ts'
import { running } from './running.ts'
import { safety } from './safety.ts'
import { tls } from './tls.ts'
import { upkeep } from './upkeep.ts'
import { ways } from './ways.ts'

/**
 * THE table of findings, the most important one first. What follows from others
 * stands after them. docs/findings.md and the man page are made from it.
 */
const all = [
  ...causes,
  ...running,
  ...names,
  ...tls,
  ...ways,
  ...upkeep,
  ...safety,
] as const satisfies readonly FindingRow[]

export type FindingName = (typeof all)[number]['name']

/** All rows, with the general type. */
export const findingRows: readonly FindingRow[] = all

/** Its place in the table. */
export const rankOf = (name: FindingName): number =>
  all.findIndex(row => row.name === name)

/** The row of a finding. */
export const findingRow = (name: FindingName): FindingRow =>
  findingRows[rankOf(name)]!
