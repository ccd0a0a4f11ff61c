// No value can break out of its place: texts that nobody thinks of, for all
// parameters at once, are refused by name, or PyYAML reads exactly them in
// exactly their places, and nothing else differs.

import fc from 'fast-check'
import { availableParallelism } from 'node:os'
import t from 'tap'
import { rows } from '../../lib/params.ts'
import { judge, type Judged } from '../hostile/judge.ts'
import { newReader } from '../hostile/reader.ts'
import { givenBy, hostileSet } from '../hostile/sets.ts'
import { whyNoYaml } from '../yaml.ts'
import { sized, tellFigure } from './size.ts'

const skip = whyNoYaml()

const wordy = (count: number): string => count.toLocaleString('en')

t.test('any text arrives unchanged, or is refused', { skip }, async t => {
  const lanes = availableParallelism()
  const numRuns = Math.ceil(sized(300, 20_000) / lanes)
  const total = { sets: 0, whole: 0, refused: 0, accepted: 0 }
  const count = ({ refused, accepted }: Judged): void => {
    total.sets++
    total.whole += refused === 0 ? 1 : 0
    total.refused += refused
    total.accepted += accepted
  }
  const lane = async (): Promise<void> => {
    const reader = newReader()
    const judged = judge(reader)
    const property = fc.asyncProperty(hostileSet, async set =>
      count(await judged(set)),
    )
    try {
      const { failed, counterexample, errorInstance, seed, counterexamplePath } =
        await fc.check(property, { numRuns, interruptAfterTimeLimit: 1_500_000 })
      const [set] = counterexample ?? []
      t.equal(failed, false, `seed ${seed}, path ${counterexamplePath}`, {
        set: set && JSON.stringify(givenBy(set)).slice(0, 4000),
        why: String(errorInstance).slice(0, 4000),
      })
    } finally {
      reader.end()
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  t.ok(total.accepted > total.refused)
  t.ok(total.refused > total.sets, 'some are hostile indeed')
  tellFigure(
    t,
    `${wordy(total.sets)} sets of hostile values for ${rows.length} ` +
      `parameters: of ${wordy(total.accepted + total.refused)} values ` +
      `${wordy(total.refused)} were refused by name, ` +
      `${wordy(total.accepted)} arrived unchanged (${total.whole} sets whole)`,
  )
})
