// No value can break out of its place: hostile texts, for all parameters at
// once, are refused by name, or PyYAML reads exactly these texts in exactly
// their places and nothing else differs; from every source.

import fc from 'fast-check'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { rows } from '../../lib/params/params.ts'
import { judge } from '../hostile/judge.ts'
import { judgeWay } from '../hostile/judge-way.ts'
import { plainly } from '../hostile/planned.ts'
import { withReaders, type Readers } from '../hostile/reader.ts'
import { givenBy, hostileSet, type HostileSet } from '../hostile/sets.ts'
import { wayNames } from '../hostile/ways.ts'
import { whyNoYaml } from '../small/yaml.ts'
import { sized, tellFigure } from './size.ts'

const skip = whyNoYaml()

const wordy = (count: number): string => count.toLocaleString('en')

const total = { sets: 0, values: 0, refused: 0 }

const byWay = new Map(
  wayNames.map(name => [name, { sets: 0, values: 0, refused: 0 }]),
)

/** One source after the other. */
const judgeNextWay = (set: HostileSet, folder: string): void => {
  const name = wayNames[total.sets % wayNames.length]!
  const { given, refused } = judgeWay(name, set, folder)
  const count = byWay.get(name)!
  count.sets++
  count.values += given
  count.refused += refused
}

const judgeSet = async (
  readers: Readers,
  set: HostileSet,
  folder: string,
): Promise<void> => {
  const { refused } = await judge(readers, set)
  judgeNextWay(set, folder)
  total.sets++
  total.values += set.size
  total.refused += refused.size
}

t.test('any text arrives unchanged, or is refused', { skip }, async t => {
  const lanes = availableParallelism()
  const numRuns = Math.ceil(sized(120, 20_000) / lanes)
  const folder = t.testdir({})
  const lane = (number: number): Promise<void> =>
    withReaders(async readers => {
      const property = fc.asyncProperty(hostileSet, set =>
        judgeSet(readers, set, join(folder, String(number))),
      )
      // Shrinking would take long: the error is in `why`.
      const { failed, counterexample, errorInstance, seed } = await fc.check(
        property,
        { numRuns, endOnFailure: true },
      )
      const [set] = counterexample ?? []
      t.equal(failed, false, `seed ${seed}`, {
        why: plainly(String(errorInstance)),
        set: plainly(givenBy(set ?? new Map())),
      })
    })
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)))
  const { sets, values, refused } = total
  t.ok(values - refused > sets, 'many are valid')
  t.ok(refused > sets, 'some are refused')
  tellFigure(
    t,
    `${wordy(sets)} sets of hostile values for ${rows.length} ` +
      `parameters: of ${wordy(values)} values ${wordy(refused)} were refused ` +
      `by name, ${wordy(values - refused)} arrived unchanged`,
  )
  for (const [name, { sets, values, refused }] of byWay) {
    tellFigure(
      t,
      `by way of ${name}, ${wordy(sets)} sets: ${wordy(refused)} values ` +
        `refused, ${wordy(values - refused)} arrived unchanged`,
    )
  }
})
