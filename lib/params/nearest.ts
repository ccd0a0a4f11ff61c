/**
 * The number of single edits (insert, delete or change a character, or swap two
 * neighbours) from one text to the other.
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

/** The length of the middle in which the two differ: a cheap upper bound. */
const differing = (a: string, b: string): number => {
  const shorter = Math.min(a.length, b.length)
  let start = 0
  while (start < shorter && a[start] === b[start]) {
    start++
  }
  let end = 0
  while (end < shorter - start && a.at(-1 - end) === b.at(-1 - end)) {
    end++
  }
  return Math.max(a.length, b.length) - start - end
}

/** The nearest candidate, unless all need more than `limit` edits. */
export const nearest = (
  text: string,
  candidates: readonly string[],
  limit: number,
): string | undefined => {
  const ranked = candidates
    // An edit mends two characters at most, by swapping them. Almost no name
    // of an environment is near to any other, so this saves most of the work.
    .filter(each => differing(each, text) <= 2 * limit)
    .map(each => ({ each, distance: editDistance(text, each) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
  return ranked[0]?.each
}
