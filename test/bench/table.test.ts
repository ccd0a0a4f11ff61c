import t from 'tap'
import { renderTable, verdict, type Row } from '../../bench/table.ts'

const row = (rest: Partial<Row>): Row => ({
  ...{ what: 'a rerun', who: 'pkg', unit: 'ms', values: [10, 20, 60] },
  ...rest,
})

t.test('a goal is met, missed, or hidden by noise', async t => {
  const floor = [10, 10, 10]
  for (const [name, rest, wanted] of [
    ['no goal', {}, undefined],
    [
      'all of the ratios are at the limit or below it',
      { to: floor, goal: { times: 6 } },
      'met',
    ],
    [
      'some are beyond, as far as noise goes',
      { to: floor, goal: { times: 5.9 } },
      'noise',
    ],
    ['one is at the limit', { to: floor, goal: { times: 1 } }, 'noise'],
    ['all are beyond', { to: floor, goal: { times: 0.9 } }, 'MISSED'],
    ['the largest value is at the limit', { goal: { most: 60 } }, 'met'],
    ['one value is beyond', { goal: { most: 59 } }, 'MISSED'],
    ['nothing was measured', { values: [], goal: { most: 60 } }, 'MISSED'],
    ['nothing to compare with', { to: [], goal: { times: 2 } }, 'MISSED'],
    [
      'a value that is no number',
      { values: [NaN], goal: { most: 60 } },
      'MISSED',
    ],
  ] as const) {
    t.equal(verdict(row(rest)), wanted, name)
  }
})

t.test('the table contains each figure, goal and verdict', async t => {
  const floor = [10, 10, 10]
  const table = renderTable([
    row({ what: 'floor', values: floor, to: floor }),
    row({ to: floor, goal: { times: 2 } }),
    row({ who: 'Bun', to: floor, goal: { times: 0.5 } }),
    row({ what: 'memory', unit: 'MiB', values: [64.04], goal: { most: 80 } }),
  ])
  t.equal(
    `\n${table}`,
    `
|         | cook | rounds |  min | median |  max |     |  ratio |         95 % | goal           |        |
| ------- | ---- | -----: | ---: | -----: | ---: | --: | -----: | -----------: | -------------- | ------ |
| floor   | pkg  |      3 | 10.0 |   10.0 | 10.0 |  ms | 1.00 x |              |                |        |
| a rerun | pkg  |      3 | 10.0 |   20.0 | 60.0 |  ms | 2.00 x | 1.00 to 6.00 | at most 2 x    | noise  |
| a rerun | Bun  |      3 | 10.0 |   20.0 | 60.0 |  ms | 2.00 x | 1.00 to 6.00 | at most 0.5 x  | MISSED |
| memory  | pkg  |      1 | 64.0 |   64.0 | 64.0 | MiB |        |              | at most 80 MiB | met    |
`,
  )
})
