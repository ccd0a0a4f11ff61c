// The clock of this jail, compared with other times.

// In milliseconds. TLS and the protocols above it bear so much, and a reading
// takes some seconds itself.
const bearable = 60_000

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** A length of time in words: `3 days`, `10 minutes`. */
export const lasting = (milliseconds: number): string => {
  const [name, unit] =
    units.find(([, each]) => milliseconds >= each * 1.5) ?? units[2]
  const count = Math.max(1, Math.round(milliseconds / unit))
  return `${count} ${name}${count === 1 ? '' : 's'}`
}

/**
 * How the clock of this jail differs from a time that others say, in words:
 * `is 10 minutes ahead`.
 * @param now the time here when the answer came
 * @param theirs as in the header Date of an answer (RFC 9110, 6.6.1)
 * @returns undefined if it does not, or if they do not say a time
 */
export const clockFault = (
  now: Date,
  theirs: Date | string | undefined,
): string | undefined => {
  const there = new Date(theirs ?? '').getTime()
  const ahead = now.getTime() - there
  return Number.isNaN(there) || Math.abs(ahead) < bearable
    ? undefined
    : `is ${lasting(Math.abs(ahead))} ${ahead > 0 ? 'ahead' : 'behind'}`
}
