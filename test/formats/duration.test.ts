import t from 'tap'
import { parseDuration } from '../../lib/formats/duration.ts'

const minute = 60 * 1000
const day = 24 * 60 * minute

t.test('a number and a unit are a time', async t => {
  for (const [text, time] of [
    ['1m', minute],
    ['30m', 30 * minute],
    ['12h', 12 * 60 * minute],
    ['7d', 7 * day],
    ['4w', 28 * day],
    ['3660d', 3660 * day],
  ] as const) {
    t.equal(parseDuration(text), time, text)
  }
})

t.test('anything else is not a time', async t => {
  for (const text of [
    '',
    '7',
    'd',
    '0d',
    '07d',
    '-1d',
    '1.5h',
    '1e3m',
    '7D',
    '7 d',
    ' 7d',
    '7d ',
    '7d\n',
    '1y',
    '30s',
    '1d12h',
    '3661d',
    '523w',
    '999999999w',
    '٣d',
  ]) {
    t.equal(parseDuration(text), undefined, JSON.stringify(text))
  }
})
