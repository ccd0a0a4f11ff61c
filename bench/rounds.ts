// Rounds in which everything takes its turn.

export interface Limit {
  rounds: number
  /** No further round begins after this time; a busy machine does fewer. */
  seconds: number
}

// Fewer rounds than this give no figure.
const least = 3

/** The same limit, reduced to so many percent. */
export const scaled = ({ rounds, seconds }: Limit, percent: number): Limit => ({
  rounds: Math.ceil((rounds * percent) / 100),
  seconds: (seconds * percent) / 100,
})

/** Runs round after round, as many as the limit allows. */
export const repeat = async (
  { rounds, seconds }: Limit,
  round: (number: number) => void | Promise<void>,
): Promise<void> => {
  const until = performance.now() + seconds * 1000
  for (let number = 0; number < rounds; number++) {
    if (number >= least && performance.now() > until) {
      return
    }
    await round(number)
  }
}

/** The items; in every second round from the last to the first. */
export const byTurns = <T>(
  items: readonly T[],
  number: number,
): readonly T[] => (number % 2 === 0 ? items : items.toReversed())
