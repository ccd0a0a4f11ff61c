import { check } from '../../lib/params/check.ts'
import type { Context } from '../../lib/engine/context.ts'
import { exit, Failure, type Exit } from '../../lib/contract/failure.ts'
import { examine, type Examined } from '../../lib/engine/doctor/examine.ts'
import { gatherRecorded } from '../../lib/params/gather.ts'
import { grouped, ordered, type Cause } from '../../lib/engine/doctor/order.ts'
import {
  changeSince,
  dailyOf,
  readDaily,
  writeDaily,
  type Change,
} from '../../lib/engine/doctor/daily.ts'
import { hiding } from '../../lib/host/log/hiding.ts'
import type { Look } from '../../lib/engine/doctor/look.ts'
import { newReport, renderFaultText } from '../../lib/contract/report.ts'
import { ownLooks } from '../../lib/engine/doctor/own-looks.ts'
import { readLive } from '../../lib/services/synapse/api/live-homeserver.ts'
import { readRecord } from '../../lib/engine/record/record.ts'
import { secretsOf } from '../../lib/engine/recall.ts'
import {
  folded,
  linesOf,
  remedyOf,
  unseenLine,
} from '../../lib/engine/doctor/text.ts'
import { contextOf } from '../road.ts'
import type { Run } from '../world.ts'

/** The looks at this jail, and what they must not print. */
interface Looking {
  looks: readonly Look[]
  secrets: readonly string[]
}

/** @throws {Failure} exit 69 if there is no server here to look at */
const atThisJail = async (
  { host }: Run,
  context: Context,
): Promise<Looking> => {
  if (readRecord(host) === undefined) {
    const message = 'this jail has no homeserver yet: run cook'
    throw new Failure(exit.unavailable, message)
  }
  // As it runs, not as the next run would configure it.
  const report = newReport()
  const gathered = gatherRecorded(host, report)
  const { params } = check(gathered, report)
  if (params === undefined) {
    const message = 'the parameters of the last run cannot be used: run cook'
    const details = report.faults.map(renderFaultText)
    throw new Failure(exit.unavailable, message, { details })
  }
  // The cause of a failure may be a line of a service's log.
  const live = await readLive(host).catch(() => undefined)
  const secrets = [...secretsOf(gathered, undefined), ...(live?.secrets ?? [])]
  return { looks: await ownLooks(context, params), secrets }
}

/** The findings, each with its cause if it has one. */
const flat = (
  causes: readonly Cause[],
  because?: string,
): Record<string, string>[] =>
  causes.flatMap(each => [
    {
      finding: each.finding,
      says: each.says,
      remedy: remedyOf(each),
      ...(because === undefined ? {} : { because }),
    },
    ...flat(each.consequences, each.finding),
  ])

/** Puts findings into the result, and prints them. */
const tell = (
  { log, facts, line, streams }: Run,
  { wrong, unseen, right }: Examined,
  hide: (text: string) => string,
  change: Change | undefined,
): void => {
  const shown = wrong.map(each => ({ ...each, says: hide(each.says) }))
  const causes = ordered(shown)
  const groups = grouped(unseen)
  facts['findings'] = flat(causes)
  facts['unseen'] = groups.map(each => ({ ...each, why: hide(each.why) }))
  facts['right'] = right
  if (change !== undefined) {
    facts['new'] = change.added
    facts['gone'] = change.gone
  }
  const isNews = change === undefined || change.added.length > 0
  if (line.json || (!isNews && change.gone.length === 0)) {
    return
  }
  const fold = (text: string): string[] =>
    streams.terminal ? folded(text) : [text]
  const news = [
    ...(change?.added ?? []).map(name => `new since the last time: ${name}`),
    ...(change?.gone ?? []).map(name => `gone since the last time: ${name}`),
  ]
  // Also with --quiet: they are what was asked for.
  log.print(
    [...news, ...linesOf(causes)]
      .flatMap(fold)
      .map(each => `${each}\n`)
      .join(''),
  )
  groups
    .map(unseenLine)
    .flatMap(each => fold(hide(each)))
    .forEach(each => log.item(each, {}))
}

// In milliseconds. The daily run reads the whole database.
const longest = 90 * 60 * 1000

/** What the looks see, and with --daily what is new of that. */
const looked = async (
  { host, now, line }: Run,
  looks: readonly Look[],
): Promise<{ examined: Examined; change: Change | undefined }> => {
  const record = readDaily(host)
  const daily = dailyOf(record, line.own.daily === true, now)
  const patience = daily.isNow ? longest : undefined
  const examined = await examine(looks, { host, now, daily }, patience)
  if (!daily.isNow) {
    return { examined, change: undefined }
  }
  const change = changeSince(record, examined)
  const { findings } = change
  await writeDaily(host, { findings, notes: daily.notes() })
  return { examined, change }
}

/** What is wrong with the running server, and what fixes it. */
export const run = async (run: Run): Promise<Exit> => {
  const { looks, secrets } = await atThisJail(run, contextOf(run))
  const { examined, change } = await looked(run, looks)
  const { wrong, right, defects } = examined
  tell(run, examined, hiding(secrets), change)
  const [defect] = defects
  if (defect !== undefined) {
    throw defect
  }
  if (wrong.length > 0) {
    return exit.findings
  }
  if (right.length === 0) {
    throw new Failure(exit.unavailable, 'nothing could be looked at')
  }
  if (change === undefined) {
    run.log.item('nothing is wrong', {})
  }
  return exit.ok
}
