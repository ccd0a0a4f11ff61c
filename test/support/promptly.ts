// How long something takes, on a machine with other work.

import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Milliseconds until it is done, without delays by other processes. */
export const timeOf = async (done: () => Promise<unknown>): Promise<number> => {
  const held = monitorEventLoopDelay({ resolution: 5 })
  held.enable()
  const begun = performance.now()
  await done()
  const passed = performance.now() - begun
  held.disable()
  return passed - (Number.isFinite(held.max) ? held.max / 1e6 : 0)
}

/** The longest time, except for one. */
export const mostly = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b).at(-2)!
