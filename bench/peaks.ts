// The peak memory of cook in the test jail.

import { once } from 'node:events'
import { copyFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { environment, kinds, type Kind } from '../test/e2e/setting.ts'
import type { Jail } from '../test/jail/jail.ts'
import { trustIn } from './authorities.ts'
import { childOf, peakMemory } from './processes.ts'
import { repeat, type Limit } from './rounds.ts'
import { newFolder, removeFolder } from './scratch.ts'
import { within } from './start.ts'

/** MiB, one value for each round. */
export interface Peaks {
  boot: number[]
  rerun: number[]
  /** A first boot with a hundred certificates to trust. */
  authorities: number[]
}

const peakOf = async (jail: Jail, env = environment()): Promise<number> => {
  const entering = jail.spawn(['cook'], { env, input: '' })
  entering.stdout!.resume()
  entering.stderr!.resume()
  const ended = once(entering, 'exit')
  const peak = await peakMemory(await childOf(entering.pid!))
  const [code] = await ended
  if (code !== 0) {
    throw new Error(`cook ended with ${code}`)
  }
  return peak
}

/**
 * A copy of an executable, as in a jail. The file that the build wrote may be
 * in memory in other pieces, and then the kernel counts more memory for the
 * process.
 */
const copied = (kind: Kind): string => {
  const file = join(newFolder(), 'cook')
  copyFileSync(kinds[kind], file)
  return file
}

/** Boots new jails and reruns cook in one, once in each round. */
export const measurePeaks = async (
  kind: Kind,
  limit: Limit,
): Promise<Peaks> => {
  const cook = copied(kind)
  const peaks: Peaks = { boot: [], rerun: [], authorities: [] }
  await repeat(limit, async () => {
    await within(cook, async jail => {
      peaks.boot.push(await peakOf(jail))
      peaks.rerun.push(await peakOf(jail))
    })
    await within(cook, async jail => {
      const parameters = trustIn(jail.path('/'), 100)
      peaks.authorities.push(await peakOf(jail, environment(parameters)))
    })
  })
  removeFolder(dirname(cook))
  return peaks
}
