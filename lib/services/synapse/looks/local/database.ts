// The database, as the user synapse sees it: read-only, and by SQLite itself.

import { askDatabase, isDamage, type Answer } from './ask-database.ts'
import { exit, Failure } from '../../../../contract/failure.ts'
import { lasting } from '../../../../engine/doctor/clock.ts'
import { listed, plain, show } from '../../../../contract/report.ts'
import {
  look,
  type Look,
  type Seen,
  type Sight,
} from '../../../../engine/doctor/look.ts'
import type { OverlaysOf } from './overlays.ts'
import { packageFault } from '../../diagnosis/packages.ts'
import { paths } from '../../../../contract/paths.ts'

const findings = [
  ...(['database-damaged', 'database-updates'] as const),
  'packages-missing',
] as const

type Found = Seen<(typeof findings)[number]>

// In bytes. So much is read in a fraction of a second; more takes as long as
// the disk needs.
const quick = 32 * 1024 * 1024

const day = 24 * 60 * 60 * 1000

// The daily run comes at the same time of the day, give or take some hours.
const longPending = day - 4 * 60 * 60 * 1000

const checkKey = 'database-check'
const updatesKey = 'database-updates'

const isText = (each: unknown): each is string => typeof each === 'string'

const damaged = (what: readonly string[], age = ''): Found => ({
  finding: 'database-damaged',
  says: `${paths.database} is damaged${age}: ${listed(what.map(plain))}`,
})

/** What SQLite's check has said, now or in the daily run. */
const damageIn = ({ daily, now }: Sight, { check }: Answer): Found[] => {
  const isWrong = (lines: readonly string[]): boolean => lines.join() !== 'ok'
  if (check !== undefined) {
    daily.note(checkKey, check)
    return isWrong(check) ? [damaged(check)] : []
  }
  const note = daily.noted(checkKey)
  const lines = Array.isArray(note?.value) ? note.value.filter(isText) : []
  const age = now().getTime() - (note?.at.getTime() ?? 0)
  if (note === undefined || lines.length === 0 || age > 3 * day) {
    const why = 'the check of a large database takes long'
    const elsewhere = 'cook doctor --daily'
    return [{ unseen: ['database-damaged'], why, elsewhere }]
  }
  return isWrong(lines) ? [damaged(lines, ` (${lasting(age)} ago)`)] : []
}

/** Since when each update is known to be pending. */
const sinceIn = (value: unknown): ReadonlyMap<string, Date> =>
  new Map(
    Object.entries(Object(value)).flatMap(([name, text]) => {
      const since = new Date(String(text))
      return Number.isNaN(since.getTime()) ? [] : [[name, since] as const]
    }),
  )

/** The updates that do not end. After an upgrade some are pending for a while. */
const pendingIn = ({ daily, now }: Sight, { updates }: Answer): Found[] => {
  const before = sinceIn(daily.noted(updatesKey)?.value)
  const since = updates.map(name => [name, before.get(name) ?? now()] as const)
  daily.note(updatesKey, Object.fromEntries(since))
  const old = since.filter(
    ([, each]) => now().getTime() - each.getTime() > longPending,
  )
  const [first] = old.toSorted(([, a], [, b]) => a.getTime() - b.getTime())
  const names = old.map(([name]) => show(name)).slice(0, 3)
  const says =
    `updates of the database are pending since ` +
    `${first?.[1].toISOString().slice(0, 10)}: ${listed(names)}`
  return first === undefined ? [] : [{ finding: 'database-updates', says }]
}

const sizeOf = ({ host }: Sight): number =>
  ['', '-wal']
    .map(end => host.look(`${paths.database}${end}`)?.size ?? 0)
    .reduce((sum, each) => sum + each, 0)

/** Whether the database is sound, and up to date. */
export const databaseLook = (overlays: OverlaysOf): Look =>
  look(findings, async (sight): Promise<Found[]> => {
    const { host, daily, once } = sight
    if ((await once(overlays))?.replace('database')) {
      const why = 'the local overrides name another database'
      const elsewhere = 'the tools of that database'
      const unseen = ['database-damaged', 'database-updates'] as const
      return [{ unseen, why, elsewhere }]
    }
    const size = sizeOf(sight)
    if (size === 0) {
      return []
    }
    const answer = await askDatabase(host, daily.isNow, size < quick)
    if ('fault' in answer) {
      if (isDamage(answer.fault)) {
        return [damaged([answer.fault])]
      }
      const says = packageFault(host, answer.fault)
      if (says !== undefined) {
        return [{ finding: 'packages-missing', says }]
      }
      throw new Failure(exit.unavailable, answer.fault)
    }
    return [...damageIn(sight, answer), ...pendingIn(sight, answer)]
  })
