// The clock, compared with the times that others say.

import t from 'tap'
import { clockFault, lasting } from '../../../lib/engine/doctor/clock.ts'

const now = new Date('2026-12-01T12:00:00Z')

t.test('a clock that is a few seconds off is right', async t => {
  for (const date of [
    'Tue, 01 Dec 2026 12:00:00 GMT',
    'Tue, 01 Dec 2026 12:00:59 GMT',
    'Tue, 01 Dec 2026 11:59:01 GMT',
  ]) {
    t.equal(clockFault(now, date), undefined, date)
  }
})

t.test('it says how far the clock is off, and in which direction', async t => {
  for (const [date, says] of [
    ['Tue, 01 Dec 2026 11:50:00 GMT', 'is 10 minutes ahead'],
    ['Tue, 01 Dec 2026 12:01:00 GMT', 'is 1 minute behind'],
    ['Tue, 01 Dec 2026 17:00:00 GMT', 'is 5 hours behind'],
    ['Thu, 03 Dec 2026 12:00:00 GMT', 'is 2 days behind'],
    ['Sun, 01 Dec 2024 12:00:00 GMT', 'is 730 days ahead'],
  ] as const) {
    t.equal(clockFault(now, date), says)
  }
})

t.test('a server without a time says nothing about the clock', async t => {
  for (const date of [undefined, '', 'yesterday', '\0']) {
    t.equal(clockFault(now, date), undefined, String(date))
  }
})

t.test('a length of time has a unit that people read', async t => {
  t.equal(lasting(0), '1 minute')
  t.equal(lasting(75 * 60_000), '75 minutes')
  t.equal(lasting(30 * 60 * 60_000), '30 hours')
  t.equal(lasting(40 * 60 * 60_000), '2 days')
})
