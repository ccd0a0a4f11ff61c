// The table of findings, and that each row is found by some look.

import t from 'tap'
import { findingRows } from '../../lib/contract/findings/findings.ts'
import { ownLooks } from '../../lib/engine/doctor/own-looks.ts'
import { services } from '../../lib/services/index.ts'
import { hostIn } from '../small/host-in.ts'
import { params } from '../small/given.ts'
import { contextIn, telling } from '../small/small-plan.ts'

const names = findingRows.map(({ name }) => name)

t.test('a name is unique, and made of words and hyphens', async t => {
  t.equal(new Set(names).size, names.length)
  for (const name of names) {
    t.match(name, /^[a-z]+(-[a-z0-9]+)*$/)
  }
})

t.test('a meaning and a remedy are phrases without a full stop', async t => {
  for (const { name, meaning, remedy } of findingRows) {
    for (const text of [meaning, remedy]) {
      t.notMatch(text, /[.!?]$|[.!?] |["\n]/, `${name}: ${text}`)
      t.ok(text.length > 10, `${name}: ${text}`)
    }
  }
})

t.test('a cause stands before what follows from it', async t => {
  for (const [at, { name, after = [] }] of findingRows.entries()) {
    for (const cause of after) {
      t.ok(names.slice(0, at).includes(cause), `${name} after ${cause}`)
    }
  }
})

t.test('each finding is found by a look, which finds nothing else', async t => {
  const all = { ...contextIn(hostIn(t, {}), telling().log, true), services }
  const looks = await ownLooks(all, params({}))
  const found = new Set<string>(looks.flatMap(({ finds }) => finds))
  t.same([...found].toSorted(), names.toSorted())
})
