// Arithmetic with measured values. A series has one value for each round. Two
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

const ratios = (series: Series, to: Series): Series =>
  series.map((value, round) => value / (to[round] ?? NaN))

/**
 * How many times as much: the median of the ratios within each round, so that a
 * machine that becomes slower or faster over time has no influence.
 */
export const ratio = (series: Series, to: Series): number =>
  median(ratios(series, to))

/**
 * The range of the true ratio with 95 percent confidence, for any kind of
 * noise: of n rounds it is at most 0.98 √n ranks away from the middle one (the
 * sign test, with the normal approximation of the binomial distribution).
 */
export const doubt = (series: Series, to: Series): [number, number] => {
  const sorted = ratios(series, to).toSorted((a, b) => a - b)
  const { length } = sorted
  const outer = Math.floor(length / 2 - 0.98 * Math.sqrt(length))
  const [low, high] = [Math.max(outer, 0), length - 1 - Math.max(outer, 0)]
  return [sorted[low] ?? NaN, sorted[high] ?? NaN]
}

/** How much a series is above another, round by round. */
export const above = (series: Series, base: Series): Series =>
  series.map((value, round) => value - (base[round] ?? NaN))
