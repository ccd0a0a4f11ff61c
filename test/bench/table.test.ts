import t from 'tap'
import { isMissed, renderTable, type Row } from '../../bench/table.ts'

const row = (rest: Partial<Row>): Row => ({
  ...{ what: 'a rerun', who: 'pkg', unit: 'ms', values: [10, 20, 60] },
  ...rest,
})

t.test('a goal is missed beyond its limit', async t => {
  const floor = [10, 10, 10]
  for (const [name, rest, missed] of [
    ['no goal', {}, false],
    ['the median of the ratios is at the limit',
      { to: floor, goal: { times: 2 } }, false],
    ['it is beyond', { to: floor, goal: { times: 1.9 } }, true],
    ['the largest value is at the limit', { goal: { most: 60 } }, false],
    ['one value is beyond', { goal: { most: 59 } }, true],
    ['nothing was measured', { values: [], goal: { most: 60 } }, true],
    ['nothing to compare with', { to: [], goal: { times: 2 } }, true],
    ['a value that is no number', { values: [NaN], goal: { most: 60 } }, true],
  ] as const) {
    t.equal(isMissed(row(rest)), missed, name)
  }
})

t.test('the table says each figure, goal and verdict', async t => {
  const floor = [10, 10, 10]
  const table = renderTable([
    row({ what: 'floor', values: floor, to: floor }),
    row({ to: floor, goal: { times: 2 } }),
    row({ who: 'Bun', to: floor, goal: { times: 1.5 } }),
    row({ what: 'memory', unit: 'MiB', values: [64.04], goal: { most: 80 } }),
  ])
  t.equal(`\n${table}`, `
|         | cook | rounds |  min | median |  max |     |  ratio | goal           |        |
| ------- | ---- | -----: | ---: | -----: | ---: | --: | -----: | -------------- | ------ |
| floor   | pkg  |      3 | 10.0 |   10.0 | 10.0 |  ms | 1.00 x |                |        |
| a rerun | pkg  |      3 | 10.0 |   20.0 | 60.0 |  ms | 2.00 x | at most 2 x    | met    |
| a rerun | Bun  |      3 | 10.0 |   20.0 | 60.0 |  ms | 2.00 x | at most 1.5 x  | MISSED |
| memory  | pkg  |      1 | 64.0 |   64.0 | 64.0 | MiB |        | at most 80 MiB | met    |
`)
})
