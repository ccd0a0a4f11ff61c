import t from 'tap'
import { editDistance, nearest } from '../../lib/params/nearest.ts'

t.test('the distance counts single edits', async t => {
  for (const [a, b, distance] of [
    ['', '', 0],
    ['abc', 'abc', 0],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['abc', 'abxc', 1],
    ['abc', 'ac', 1],
    ['abc', 'axc', 1],
    ['abc', 'acb', 1],
    ['abcd', 'badc', 2],
    ['abc', 'ABC', 3],
    ['xa', 'ay', 2],
    ['kitten', 'sitting', 3],
    ['smtp-prot', 'smtp-port', 1],
  ] as const) {
    t.equal(editDistance(a, b), distance, `${a} ${b}`)
    t.equal(editDistance(b, a), distance, `${b} ${a}`)
  }
})

t.test('the nearest candidate within the limit is found', async t => {
  const candidates = ['domain', 'ip', 'smtp-host', 'smtp-port', 'smtp-pass']
  for (const [text, limit, found] of [
    ['domain', 0, 'domain'],
    ['domian', 1, 'domain'],
    ['domian', 0, undefined],
    ['smtp-prt', 3, 'smtp-port'],
    ['smtp-hots', 1, 'smtp-host'],
    ['smtp-po', 2, 'smtp-port'],
    ['smtp-po', 1, undefined],
    ['completely', 3, undefined],
    ['', 2, 'ip'],
  ] as const) {
    t.equal(nearest(text, candidates, limit), found, `${text} ${limit}`)
  }
  t.equal(nearest('x', [], 9), undefined, 'among none')
})
