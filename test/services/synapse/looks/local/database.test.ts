// What the database says, now or in the daily run.

import t, { type Test } from 'tap'
import type { Examined } from '../../../../../lib/engine/doctor/examine.ts'
import { databaseLook } from '../../../../../lib/services/synapse/looks/local/database.ts'
import { dailyOf } from '../../../../../lib/engine/doctor/daily.ts'
import { examine } from '../../../../../lib/engine/doctor/examine.ts'
import type { Host } from '../../../../../lib/host/host.ts'
import type { Note } from '../../../../../lib/engine/doctor/look.ts'
import type { Overlays } from '../../../../../lib/services/synapse/overlays/recall-overlays.ts'
import { paths } from '../../../../../lib/contract/paths.ts'
import { hostIn } from '../../../../small/host-in.ts'

const now = new Date('2026-12-01T12:00:00Z')
const hours = (count: number): Date =>
  new Date(now.getTime() - count * 60 * 60 * 1000)

interface World {
  said?: object | string
  stderr?: string
  late?: boolean
  /** The size of the database, in bytes. */
  size?: number
  notes?: Record<string, Note>
  isNow?: boolean
  overlays?: Overlays
}

/** Looks at a database. @returns also the check that was asked for */
const looked = async (t: Test, world: World) => {
  const { said = '', stderr = '', late = false, size = 4096 } = world
  const asked: string[] = []
  const base = hostIn(t, {
    [paths.synapseScript]: 'command="/usr/local/bin/python3.11"\n',
    [paths.database]: 'x',
  })
  const host: Host = {
    ...base,
    look: path => {
      const stat = base.look(path)
      return stat && path === paths.database ? { ...stat, size } : stat
    },
    run: async (command, args = []) => {
      asked.push([command, ...args].join(' '))
      const stdout = typeof said === 'string' ? said : JSON.stringify(said)
      return { code: late ? undefined : 0, stdout, stderr, late }
    },
  }
  const record = { findings: [], notes: world.notes ?? {} }
  const daily = dailyOf(record, world.isNow === true, () => now)
  const look = databaseLook(async () => world.overlays)
  const seen = await examine([look], { host, now: () => now, daily })
  return { ...seen, asked: asked.join('\n'), notes: daily.notes() }
}

const large = 64 * 1024 * 1024

const names = ({ wrong }: Examined): string[] =>
  wrong.map(({ finding }) => finding)

t.test('a sound database is right, and asked as the user synapse', async t => {
  const seen = await looked(t, { said: { updates: [], check: ['ok'] } })
  t.same([seen.wrong, seen.unseen], [[], []])
  t.match(
    seen.asked,
    /^su -m synapse -c exec \/usr\/local\/bin\/python3\.11 -I /,
  )
  t.match(seen.asked, /mode=ro/)
  t.match(seen.asked, / yes$/, 'it is small, so it is checked at once')
})

t.test('damage is what SQLite says, in each way', async t => {
  const lines = ['row 3 missing from index x', 'Page 7 is\u001b[2J never used']
  const checked = await looked(t, { said: { updates: [], check: lines } })
  t.same(names(checked), ['database-damaged'])
  t.match(checked.wrong[0]?.says, 'row 3 missing from index x')
  t.notMatch(checked.wrong[0]?.says, '\u001b')
  for (const fault of [
    'database disk image is malformed',
    'file is not a database',
  ]) {
    t.same(names(await looked(t, { said: { fault } })), ['database-damaged'])
  }
})

t.test('a database that cannot be read is unseen', async t => {
  for (const world of [
    { said: { fault: 'unable to open database file' } },
    { said: { fault: 'database is locked' } },
    { said: 'no JSON' },
    { said: { updates: 'all' } },
    { late: true },
  ]) {
    const { wrong, unseen } = await looked(t, world)
    t.same(wrong, [])
    t.match(unseen, [{ unseen: ['database-damaged'] }])
  }
})

t.test('a Python without SQLite is named', async t => {
  const stderr = "Traceback\nModuleNotFoundError: No module named '_sqlite3'\n"
  const seen = await looked(t, { stderr })
  t.match(seen.wrong, [
    { finding: 'packages-missing', says: /install py311-sqlite3/ },
  ])
})

t.test('a large database is checked by the daily run alone', async t => {
  const said = { updates: [] }
  const never = await looked(t, { said, size: large })
  t.match(never.asked, / no$/)
  t.match(never.unseen, [
    { unseen: ['database-damaged'], elsewhere: 'cook doctor --daily' },
  ])
  const daily = await looked(t, {
    ...{ said: { updates: [], check: ['bad'] }, size: large, isNow: true },
  })
  t.match(daily.asked, / yes$/)
  t.same(names(daily), ['database-damaged'])
  t.match(daily.notes, { 'database-check': { at: now, value: ['bad'] } })
})

t.test('the result of the daily run has its age', async t => {
  const said = { updates: [] }
  const noted = (at: Date, value: unknown) =>
    looked(t, { said, size: large, notes: { 'database-check': { at, value } } })
  const bad = await noted(hours(5), ['bad'])
  t.match(bad.wrong, [{ says: /is damaged \(5 hours ago\): bad$/ }])
  t.same((await noted(hours(5), ['ok'])).unseen, [])
  for (const [at, value] of [
    [hours(80), ['ok']],
    [hours(80), ['bad']],
    [hours(5), []],
    [hours(5), 'ok'],
    [hours(5), [7]],
  ] as const) {
    const seen = await noted(at, value)
    t.same(seen.wrong, [])
    t.match(seen.unseen, [{ unseen: ['database-damaged'] }])
  }
})

t.test('an update is pending if a daily run saw it a day ago', async t => {
  const said = { updates: ['a', 'b'], check: ['ok'] }
  const first = await looked(t, { said, isNow: true })
  t.same(first.wrong, [])
  t.same(first.notes['database-updates']?.value, { a: now, b: now })
  const noted = (value: unknown) =>
    looked(t, { said, notes: { 'database-updates': { at: now, value } } })
  const old = { a: hours(5).toISOString(), b: hours(30).toISOString() }
  const second = await noted(old)
  t.match(second.wrong, [
    { finding: 'database-updates', says: /since 2026-11-30: "b"$/ },
  ])
  const gone = { c: hours(99).toISOString(), a: 'long ago' }
  for (const value of [gone, undefined, 7, ['a']]) {
    t.same((await noted(value)).wrong, [])
  }
})

t.test('another database is not looked at', async t => {
  const overlays: Overlays = {
    layOver: text => text,
    probes: undefined,
    replace: key => key === 'database',
    secrets: () => [],
  }
  const seen = await looked(t, { overlays })
  t.equal(seen.asked, '')
  t.match(seen.unseen, [{ unseen: ['database-damaged', 'database-updates'] }])
})
