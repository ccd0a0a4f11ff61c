import { findingRow, rankOf } from '../../contract/findings/findings.ts'
import type { Unseen, Wrong } from './look.ts'

/** A finding, and those that follow from it. */
export interface Cause extends Wrong {
  consequences: Cause[]
}

const byRank = (a: Wrong, b: Wrong): number =>
  rankOf(a.finding) - rankOf(b.finding) ||
  (a.says < b.says ? -1 : a.says > b.says ? 1 : 0)

const isSame = (a: Wrong, b: Wrong): boolean =>
  a.finding === b.finding && a.says === b.says

/**
 * The findings in the order of the table, each below the first one from which
 * it may follow.
 */
export const ordered = (wrong: readonly Wrong[]): Cause[] => {
  const all: Cause[] = wrong
    .toSorted(byRank)
    .filter(
      (each, at, list) => !isSame(each, list[at - 1] ?? { ...each, says: '' }),
    )
    .map(each => ({ ...each, consequences: [] }))
  const causeOf = ({ finding }: Wrong): Cause | undefined => {
    const { after = [] } = findingRow(finding)
    return after
      .map(name => all.find(each => each.finding === name))
      .find(cause => cause !== undefined)
  }
  const first: Cause[] = []
  for (const each of all) {
    const list = causeOf(each)?.consequences ?? first
    list.push(each)
  }
  return first
}

/** One for each reason, in the order of the table. */
export const grouped = (unseen: readonly Unseen[]): Unseen[] => {
  const groups = new Map<string, Unseen>()
  for (const each of unseen) {
    const key = JSON.stringify([each.why, each.elsewhere])
    const names = [...(groups.get(key)?.unseen ?? []), ...each.unseen]
    const sorted = [...new Set(names)].sort((a, b) => rankOf(a) - rankOf(b))
    groups.set(key, { ...each, unseen: sorted })
  }
  return [...groups.values()].sort(
    (a, b) => rankOf(a.unseen[0]!) - rankOf(b.unseen[0]!),
  )
}
