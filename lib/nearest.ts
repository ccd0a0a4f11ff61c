/**
 * How many single edits (a character put in, left out, changed, or two
 * neighbours swapped) lead from one text to the other.
 */
export const editDistance = (a: string, b: string): number => {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  const at = (i: number, j: number) => rows[i]?.[j] ?? Infinity
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      rows[i]![j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (same ? 0 : 1),
        swapped ? at(i - 2, j - 2) + 1 : Infinity,
      )
    }
  }
  return at(a.length, b.length)
}

/** The candidate nearest to a text, unless all are further than `limit`. */
export const nearest = (
  text: string,
  candidates: readonly string[],
  limit: number,
): string | undefined => {
  const ranked = candidates
    // The distance is at least the difference of the lengths.
    .filter(each => Math.abs(each.length - text.length) <= limit)
    .map(each => ({ each, distance: editDistance(text, each) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
  return ranked[0]?.each
}
