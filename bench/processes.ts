// The memory and the processor time of a process while it runs.

import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const unlessEnded = <T>(look: () => T): T | undefined => {
  try {
    return look()
  } catch {
    return undefined
  }
}

const read = (file: string): string | undefined =>
  unlessEnded(() => readFileSync(file, 'utf8'))

/**
 * Follows a process to its end. (The figures of wait4(2) do not help: they
 * include the programs that the process has started.)
 * @param look a figure that never decreases; undefined if the process has ended
 * @param interval in milliseconds; changes in the last interval may be missed
 * @returns the last figure
 */
const follow = async (
  look: () => number | undefined,
  interval: number,
): Promise<number> => {
  for (let last = NaN; ; await sleep(interval)) {
    const now = look()
    if (now === undefined) {
      return last
    }
    last = now
  }
}

/** @returns its peak memory in MiB, which the kernel keeps */
export const peakMemory = (pid: number): Promise<number> =>
  follow(() => {
    const [, kibibytes] =
      read(`/proc/${pid}/status`)?.match(/^VmHWM:\s*(\d+) kB$/m) ?? []
    return kibibytes === undefined ? undefined : Number(kibibytes) / 1024
  }, 1)

/**
 * Looks rarely, because it must not delay what is timed at the same time.
 * @returns its processor time in milliseconds, all threads together
 */
export const processorTime = (pid: number): Promise<number> => {
  // The time of a thread still counts when the thread has ended.
  const threads = new Map<string, number>()
  return follow(() => {
    const names = unlessEnded(() => readdirSync(`/proc/${pid}/task`)) ?? []
    for (const name of names) {
      const text = read(`/proc/${pid}/task/${name}/schedstat`)
      if (text !== undefined) {
        threads.set(name, Number.parseInt(text, 10) / 1e6)
      }
    }
    const sum = [...threads.values()].reduce((all, each) => all + each, 0)
    return names.length === 0 ? undefined : sum
  }, 10)
}

/** The process that another one has started, as soon as it exists. */
export const childOf = async (pid: number): Promise<number> => {
  for (;;) {
    const children = read(`/proc/${pid}/task/${pid}/children`)
    if (children === undefined) {
      throw new Error(`process ${pid} has ended and started no other`)
    }
    if (children !== '') {
      return Number.parseInt(children, 10)
    }
    await sleep(1)
  }
}
