import t from 'tap'
import { max, median, min, ratio } from '../../bench/figures.ts'

t.test('min, median and max of a series', async t => {
  for (const [series, ...figures] of [
    [[3], 3, 3, 3],
    [[4, 1], 1, 2.5, 4],
    [[10, 9, 200], 9, 10, 200],
    [[8, 1, 7, 2], 1, 4.5, 8],
  ] as const) {
    t.same([min(series), median(series), max(series)], figures)
  }
})

t.test('a median leaves the series in its order', async t => {
  const series = [3, 1, 2]
  median(series)
  t.same(series, [3, 1, 2])
})

t.test('a ratio compares round with round', async t => {
  t.equal(ratio([20, 30, 50], [10, 15, 10]), 2)
  t.equal(
    ratio([2, 20, 200], [1, 10, 100]),
    2,
    'a machine that gets slower changes nothing',
  )
})

t.test('nothing measured is no figure', async t => {
  t.ok(Number.isNaN(median([])))
  t.ok(Number.isNaN(ratio([1, 2], [])))
})
