// Runs of cook that start nothing: on the files of a jail, below --root.

import { environment, type Kind } from '../test/e2e/setting.ts'
import { copyOf, newRoot } from './roots.ts'
import { byTurns, repeat, type Limit } from './rounds.ts'
import { removeFolder } from './scratch.ts'
import { timeCook, timeRun } from './timing.ts'

/** Milliseconds, one value for each round. */
export interface Times {
  floor: number[]
  rerun: number[]
  change: number[]
  first: number[]
  firstTls: number[]
}

const plain = environment({ NOSSL: 'yes' })
const changed = { ...plain, MAXUPLOAD: '100M' }
const withTls = environment()

/** Measures one round of a kind of cook; it reruns below `cooked`. */
const measure = (
  kind: Kind,
  empty: string,
  cooked: string,
  to: Times,
): void => {
  const [root, tlsRoot] = [copyOf(empty), copyOf(empty)]
  // The last round changed it.
  timeCook(kind, cooked, plain)
  to.floor.push(timeRun(kind, ['--version'], plain))
  to.rerun.push(timeCook(kind, cooked, plain))
  to.change.push(timeCook(kind, cooked, changed))
  to.first.push(timeCook(kind, root, plain))
  to.firstTls.push(timeCook(kind, tlsRoot, withTls))
  removeFolder(root)
  removeFolder(tlsRoot)
}

/** Runs all kinds in turn, so that all of them have the same conditions. */
export const measureCommands = async (
  kinds: readonly Kind[],
  limit: Limit,
): Promise<Record<Kind, Times>> => {
  const none = (): Times => ({
    floor: [],
    rerun: [],
    change: [],
    first: [],
    firstTls: [],
  })
  const times = { pkg: none(), bun: none(), bundle: none() }
  const empty = newRoot()
  const roots = kinds.map(kind => [kind, copyOf(empty)] as const)
  await repeat(limit, number =>
    byTurns(roots, number).forEach(([kind, root]) =>
      measure(kind, empty, root, times[kind]),
    ),
  )
  for (const root of [empty, ...roots.map(([, root]) => root)]) {
    removeFolder(root)
  }
  return times
}
