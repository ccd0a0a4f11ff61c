import t from 'tap'
import { above, doubt, max, median, min, ratio } from '../../bench/figures.ts'

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

t.test('the median does not reorder the series', async t => {
  const series = [3, 1, 2]
  median(series)
  t.same(series, [3, 1, 2])
})

t.test('a ratio compares values of the same round', async t => {
  t.equal(ratio([20, 30, 50], [10, 15, 10]), 2)
  t.equal(
    ratio([2, 20, 200], [1, 10, 100]),
    2,
    'a machine that becomes slower has no influence',
  )
})

t.test('more rounds make a ratio more certain', async t => {
  const series = (length: number) => Array.from({ length }, (_, i) => i)
  for (const [length, range] of [
    [3, [0, 2]],
    [6, [0, 5]],
    [25, [7, 17]],
    [100, [40, 59]],
  ] as const) {
    const values = series(length)
    const ones = values.map(() => 1)
    t.same(doubt(values, ones), range)
    t.same(doubt(values.toReversed(), ones), range, 'in any order')
  }
})

t.test('the difference to a base is taken round by round', async t => {
  t.same(above([5, 7, 9], [1, 2, 3]), [4, 5, 6])
})

t.test('without values there is no figure', async t => {
  t.ok(Number.isNaN(median([])))
  t.ok(Number.isNaN(ratio([1, 2], [])))
  t.same(doubt([], []), [NaN, NaN])
})
