// What is new since the last daily run.

import t from 'tap'
import type { FindingName } from '../../../lib/contract/findings/findings.ts'
import { changeSince, dailyOf } from '../../../lib/engine/doctor/daily.ts'
import type { Unseen } from '../../../lib/engine/doctor/look.ts'

const recorded = (...findings: FindingName[]) => ({ findings, notes: {} })

const seen = (wrong: FindingName[], hidden: FindingName[] = []) => ({
  wrong: wrong.map(finding => ({ finding, says: `${Math.random()}` })),
  unseen: [{ unseen: hidden, why: 'dark', elsewhere: 'x' }] satisfies Unseen[],
})

t.test('without a record everything is new', async t => {
  const { added, gone } = changeSince(undefined, seen(['disk-space']))
  t.same({ added, gone }, { added: ['disk-space'], gone: [] })
})

t.test('other words and another order are no change', async t => {
  const record = recorded('disk-space', 'log-size')
  const { added, gone } = changeSince(record, seen(['log-size', 'disk-space']))
  t.same({ added, gone }, { added: [], gone: [] })
})

t.test('a second finding of a kind is new, and one less is gone', async t => {
  const one = recorded('ldap-server')
  const two = recorded('ldap-server', 'ldap-server')
  t.same(changeSince(one, seen(['ldap-server', 'ldap-server'])).added, [
    'ldap-server',
  ])
  t.same(changeSince(two, seen(['ldap-server'])).gone, ['ldap-server'])
})

t.test('what cannot be seen now is as it was', async t => {
  const dark = seen([], ['mail-server'])
  const { findings, added, gone } = changeSince(recorded('mail-server'), dark)
  t.same(
    { findings, added, gone },
    {
      ...{ findings: ['mail-server'], added: [], gone: [] },
    },
  )
  t.same(changeSince(recorded(), dark).findings, [])
})

t.test('a note has its time, and is read from the record alone', async t => {
  const now = new Date('2026-12-01T00:00:00Z')
  const daily = dailyOf(undefined, true, () => now)
  daily.note('size', 5)
  t.equal(daily.noted('size'), undefined)
  t.same(daily.notes(), { size: { at: now, value: 5 } })
  const next = dailyOf({ findings: [], notes: daily.notes() }, false, () => now)
  t.same(next.noted('size'), { at: now, value: 5 })
})
