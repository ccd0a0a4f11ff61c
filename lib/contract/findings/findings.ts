import type { FindingRow } from './row.ts'
import { causes } from './causes.ts'
import { running } from './running.ts'
import { upkeep } from './upkeep.ts'

/**
 * THE table of findings, the most important one first. What follows from others
 * stands after them. docs/findings.md and the man page are made from it.
 */
const all = [
  ...causes,
  ...running,
  ...upkeep,
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
