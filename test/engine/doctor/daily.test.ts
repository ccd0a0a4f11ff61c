// What cron's daily run has found, and what is news.

import t from 'tap'
import {
  dailyOf,
  newsOf,
  readDaily,
  writeDaily,
} from '../../../lib/engine/doctor/daily.ts'
import { paths } from '../../../lib/contract/paths.ts'
import type { FindingName } from '../../../lib/contract/findings/findings.ts'
import { accounts, hostIn } from '../../small/host-in.ts'

const seen = (wrong: FindingName[], right: FindingName[]) => ({
  wrong: wrong.map(finding => ({ finding, says: 'it is' })),
  right,
})

t.test('the same findings are no news', async t => {
  t.match(newsOf(['clock-wrong'], seen(['clock-wrong'], ['dns-silent'])), {
    ...{ isWorse: false, gone: [], findings: ['clock-wrong'] },
  })
  t.match(newsOf([], seen([], ['dns-silent'])), { isWorse: false, gone: [] })
})

t.test('a new finding is news, and one that is gone', async t => {
  t.same(newsOf(['clock-wrong'], seen(['dns-silent'], ['clock-wrong'])), {
    isWorse: true,
    gone: ['clock-wrong'],
    findings: ['dns-silent'],
  })
})

t.test('what cannot be seen has not changed', async t => {
  t.same(newsOf(['clock-wrong'], seen(['dns-silent'], [])), {
    isWorse: true,
    gone: [],
    findings: ['dns-silent', 'clock-wrong'],
  })
})

t.test('they are recorded for the next day, by name', async t => {
  const host = hostIn(t, { ...accounts, '/var/db/cook/.keep': '' })
  t.same(readDaily(host), { findings: [], notes: {} })
  const record = { findings: ['clock-wrong'], notes: {} } as const
  await writeDaily(host, record)
  t.same(readDaily(host), record)
  t.equal(host.look(paths.findings)?.mode, 0o640)
})

t.test('a record that is damaged is none', async t => {
  for (const [text, names] of [
    ['', []],
    ['{', []],
    ['null', []],
    ['{"findings": 1}', []],
    ['{"notes": [1, {"at": "x"}]}', []],
    [`{"findings": ["clock-wrong"], "notes": "${'x'.repeat(2 ** 20)}"}`, []],
    ['{"findings": ["clock-wrong", "x", 1]}', ['clock-wrong']],
  ] as const) {
    const { findings, notes } = readDaily(hostIn(t, { [paths.findings]: text }))
    t.same({ findings, notes }, { findings: names, notes: {} }, text)
  }
})

t.test('a note has its time, and is read from the record alone', async t => {
  const now = new Date('2026-12-01T00:00:00Z')
  const daily = dailyOf({ findings: [], notes: {} }, true, () => now)
  daily.note('size', 5)
  t.equal(daily.noted('size'), undefined)
  t.equal(daily.noted('toString'), undefined)
  t.same(daily.notes(), { size: { at: now, value: 5 } })
  const host = hostIn(t, { ...accounts, '/var/db/cook/.keep': '' })
  await writeDaily(host, { findings: [], notes: daily.notes() })
  const next = dailyOf(readDaily(host), false, () => now)
  t.same(next.noted('size'), { at: now, value: 5 })
})
