// First boots in the test jail, with the real Synapse: by cook, and by hand
// with the files that cook makes.

import type { Kind } from '../test/e2e/setting.ts'
import { byTurns, repeat, type Limit } from './rounds.ts'
import { run, start, within, type Start } from './start.ts'

/** Milliseconds, one value for each round. */
export type Boots = { [figure in keyof Start]: number[] }

type Way = 'pkg' | 'bun' | 'hand'

const ways: readonly Way[] = ['pkg', 'bun', 'hand']

const byCook = (kind: Kind) => within(kind, jail => start(jail, ['cook']))

const byHand = () =>
  within('bun', async jail => {
    await run(jail, ['cook', '--no-start'])
    return start(jail, ['service', 'synapse', 'onestart'])
  })

/** Boots fresh jails by turns, with each kind of cook and by hand. */
export const measureBoots = async (
  limit: Limit,
): Promise<Record<Way, Boots>> => {
  const none = (): Boots => ({ first200: [], lag: [] })
  const boots = { pkg: none(), bun: none(), hand: none() }
  await repeat(limit, async number => {
    for (const way of byTurns(ways, number)) {
      const { first200, lag } = await (way === 'hand' ? byHand() : byCook(way))
      boots[way].first200.push(first200)
      boots[way].lag.push(lag)
    }
  })
  return boots
}
