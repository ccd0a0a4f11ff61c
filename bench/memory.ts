// How much memory a process had at the most.

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const interval = 1

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined // the process has ended
  }
}

/**
 * Follows a process to its end. The kernel keeps the mark of the most, so only
 * what is added in the last millisecond can be missed. (wait4's figure is no
 * use here: it includes the programs that the process has started.)
 * @returns MiB
 */
export const peakMemory = async (pid: number): Promise<number> => {
  for (let most = NaN; ; await sleep(interval)) {
    const [, kibibytes] =
      read(`/proc/${pid}/status`)?.match(/^VmHWM:\s*(\d+) kB$/m) ?? []
    if (kibibytes === undefined) {
      return most
    }
    most = Number(kibibytes) / 1024
  }
}

/** The process that another one has started, as soon as it has. */
export const childOf = async (pid: number): Promise<number> => {
  for (;;) {
    const children = read(`/proc/${pid}/task/${pid}/children`)
    if (children === undefined) {
      throw new Error(`process ${pid} has ended and started no other`)
    }
    if (children !== '') {
      return Number.parseInt(children, 10)
    }
    await sleep(interval)
  }
}
