// First boots in the test jail with the real Synapse: by cook, and by hand with
// the files that cook writes.

import { kinds, type Kind } from '../test/e2e/setting.ts'
import { byTurns, repeat, type Limit } from './rounds.ts'
import { run, start, within, type Start } from './start.ts'

type Way = 'pkg' | 'bun' | 'hand'

const ways: readonly Way[] = ['pkg', 'bun', 'hand']

const byCook = (kind: Kind) =>
  within(kinds[kind], jail => start(jail, ['cook']))

const byHand = () =>
  within(kinds.bun, async jail => {
    await run(jail, ['cook', '--no-start'])
    return start(jail, ['service', 'synapse', 'onestart'])
  })

/** Boots new jails in turn, with each kind of cook and by hand. */
export const measureBoots = async (
  limit: Limit,
): Promise<Record<Way, Start[]>> => {
  const boots: Record<Way, Start[]> = { pkg: [], bun: [], hand: [] }
  await repeat(limit, async number => {
    for (const way of byTurns(ways, number)) {
      boots[way].push(await (way === 'hand' ? byHand() : byCook(way)))
    }
  })
  return boots
}
