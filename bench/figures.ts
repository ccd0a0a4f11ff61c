// Arithmetic on what was measured. A series has one value for each round, and
// series that are compared were measured in the same rounds.

export type Series = readonly number[]

export const min = (series: Series): number => Math.min(...series)

export const max = (series: Series): number => Math.max(...series)

export const median = (series: Series): number => {
  const sorted = series.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const low = sorted[Math.ceil(middle) - 1] ?? NaN
  const high = sorted[Math.floor(middle)] ?? NaN
  return (low + high) / 2
}

/**
 * How many times as much: the median of the rounds' own ratios, in which a
 * machine that gets slower and faster in the course of time does not show.
 */
export const ratio = (series: Series, to: Series): number =>
  median(series.map((value, round) => value / (to[round] ?? NaN)))
