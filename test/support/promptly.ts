// How long something takes, on a machine with other work.

// In milliseconds. This process looks at the clock all the time. After a longer
// pause other processes had the processor, or it was busy itself.
const longest = 5

/** Milliseconds until it is done, without delays by other processes. */
export const timeOf = async (done: () => Promise<unknown>): Promise<number> => {
  let passed = 0
  let last = performance.now()
  const look = (): void => {
    const now = performance.now()
    passed += Math.min(now - last, longest)
    last = now
  }
  const clock = setInterval(look, 1)
  try {
    await done()
  } finally {
    clearInterval(clock)
  }
  look()
  return passed
}

/** The longest time, except for one. */
export const mostly = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b).at(-2)!

/** Milliseconds for which the processor worked on it. */
export const effortOf = (work: () => unknown): number => {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
