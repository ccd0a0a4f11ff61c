import t from 'tap'
import { growthRows } from '../../bench/rows.ts'
import { verdict } from '../../bench/table.ts'

/** Sizes at which a run takes some time, without noise. */
const sizes = (time: (count: number) => number) =>
  [0, 1, 10, 100].map(count => {
    const times = Array.from({ length: 9 }, () => time(count))
    return { count, rerun: times, first: times }
  })

const verdicts = (time: (count: number) => number) =>
  growthRows('bun', 'files', sizes(time)).map(verdict)

t.test('growth faster than the number misses its goal', async t => {
  for (const [name, time, wanted] of [
    ['linear', (count: number) => 10 + count, 'met'],
    ['quadratic', (count: number) => 10 + count ** 2 / 100, 'MISSED'],
  ] as const) {
    const [rerun, first] = [verdicts(time).at(4), verdicts(time).at(9)]
    t.same([rerun, first], [wanted, wanted], name)
  }
})

t.test('each number is compared with 0', async t => {
  const rows = growthRows(
    'bun',
    'authorities',
    sizes(count => 10 + count),
  )
  t.same(
    rows.slice(0, 5).map(({ what }) => what),
    [
      'rerun, 0 CAs',
      'rerun, 1 CAs',
      'rerun, 10 CAs',
      'rerun, 100 CAs',
      'rerun, 100 CAs, extra of 10',
    ],
  )
  t.same(rows.map(row => verdict(row)).filter(Boolean), ['met', 'met'])
})
