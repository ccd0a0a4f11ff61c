// How findings are shown.

import t from 'tap'
import { findingRow } from '../../../lib/contract/findings/findings.ts'
import { grouped, ordered } from '../../../lib/engine/doctor/order.ts'
import {
  folded,
  linesOf,
  lineOf,
  unseenLine,
} from '../../../lib/engine/doctor/text.ts'

const down = { finding: 'service-down', says: 'synapse has died' } as const

t.test('a line has the name, what is wrong, and what fixes it', async t => {
  const { remedy } = findingRow('service-down')
  const fix = `${remedy.charAt(0).toUpperCase()}${remedy.slice(1)}.`
  t.equal(lineOf(down), `service-down: synapse has died. ${fix}`)
  t.equal(
    lineOf({ ...down, mends: 'run cook' }),
    'service-down: synapse has died. Run cook.',
    'a remedy of its own replaces that of the table',
  )
})

t.test('the same finding is shown once, others in a fixed order', async t => {
  const other = { ...down, says: 'a' }
  const orders = [
    [down, other, down],
    [other, down],
  ]
  for (const order of orders) {
    t.same(
      ordered(order).map(({ says }) => says),
      ['a', down.says],
    )
  }
})

t.test('a consequence is indented below its cause', async t => {
  const closed = { finding: 'port-closed', says: 'it is' } as const
  const name = { finding: 'dns-address', says: 'it has none' } as const
  const other = { finding: 'clock-wrong', says: 'it is late' } as const
  t.same(linesOf(ordered([closed, other, name])), [
    lineOf(name),
    `  ${lineOf(closed)}`,
    lineOf(other),
  ])
  t.same(linesOf(ordered([closed])), [lineOf(closed)], 'alone it is not')
  t.same(linesOf(ordered([closed, name, down]))[0], lineOf(down))
})

t.test('a long line is folded at 80 columns, its rest indented', async t => {
  const line = `  ${'word '.repeat(40).trim()}`
  const lines = folded(line)
  t.ok(lines.length > 2)
  t.ok(lines.every(each => each.length <= 80))
  t.match(lines[0], /^ {2}word/)
  t.ok(lines.slice(1).every(each => /^ {6}word/.test(each)))
  t.equal(lines.map(each => each.trim()).join(' '), line.trim())
  t.same(folded('short'), ['short'])
  const url = 'x'.repeat(100)
  t.same(folded(`a ${url} b`), ['a', `    ${url}`, '    b'], 'never cut')
})

t.test('what cannot be seen for one reason is one line', async t => {
  const one = { why: 'dark', elsewhere: 'cook doctor' }
  const groups = grouped([
    { ...one, unseen: ['service-down'] },
    { ...one, unseen: ['service-down'] },
    { ...one, unseen: ['service-down'], why: 'far' },
  ])
  t.same(groups.map(unseenLine), [
    'cannot be seen from here: service-down: dark. Run elsewhere or later: cook doctor',
    'cannot be seen from here: service-down: far. Run elsewhere or later: cook doctor',
  ])
})
