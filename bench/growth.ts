// How the time of a run grows with the number of files in homeserver.d and of
// authorities in FEDERATIONCA.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { paths } from '../lib/contract/paths.ts'
import { environment, type Kind } from '../test/e2e/setting.ts'
import { trustIn } from './authorities.ts'
import { copyOf, newRoot } from './roots.ts'
import { byTurns, repeat, type Limit } from './rounds.ts'
import { removeFolder } from './scratch.ts'
import { timeCook } from './timing.ts'

type Stage = 'rerun' | 'first'

/** A number of something, and its cost in milliseconds, round by round. */
export interface Size extends Record<Stage, number[]> {
  count: number
}

const settingsIn = (root: string, count: number): Record<string, string> => {
  const folder = join(root, paths.overlayDir)
  mkdirSync(folder, { recursive: true })
  for (let number = 1; number <= count; number++) {
    const text = `own_setting_${number}:\n  - a: ${number}\n    b: "text"\n`
    writeFileSync(join(folder, `${number}.yaml`), text)
  }
  return {}
}

/** What grows: its name, its numbers, and how to create so many. */
const growing = {
  files: { counts: [0, 10, 100, 1000], fill: settingsIn },
  authorities: { counts: [0, 1, 10, 100], fill: trustIn },
} as const

export type Growing = keyof typeof growing

/** The files of a jail for each number, before any run of cook. */
const prepare = (what: Growing) =>
  growing[what].counts.map(count => {
    const root = newRoot()
    const parameters = growing[what].fill(root, count)
    return { count, root, env: environment({ NOSSL: 'yes', ...parameters }) }
  })

/**
 * Measures reruns and first runs of one kind of cook, all numbers in turn.
 * @returns the results by number; the first number is 0
 */
export const measureGrowth = async (
  kind: Kind,
  what: Growing,
  limit: Limit,
): Promise<Size[]> => {
  const each = prepare(what).map(({ count, root, env }) => {
    const cooked = copyOf(root)
    timeCook(kind, cooked, env)
    const size: Size = { count, rerun: [], first: [] }
    return { root, cooked, env, size }
  })
  await repeat(limit, number => {
    for (const { root, cooked, env, size } of byTurns(each, number)) {
      const empty = copyOf(root)
      size.rerun.push(timeCook(kind, cooked, env))
      size.first.push(timeCook(kind, empty, env))
      removeFolder(empty)
    }
  })
  each.flatMap(({ root, cooked }) => [root, cooked]).forEach(removeFolder)
  return each.map(({ size }) => size)
}
