import { check } from '../../lib/params/check.ts'
import type { Context } from '../../lib/engine/context.ts'
import { exit, Failure, type Exit } from '../../lib/contract/failure.ts'
import {
  dailyOf,
  newsOf,
  nothingDaily,
  readDaily,
  writeDaily,
} from '../../lib/engine/doctor/daily.ts'
import { examine, type Examined } from '../../lib/engine/doctor/examine.ts'
import { gatherRecorded } from '../../lib/params/gather.ts'
import { grouped, ordered, type Cause } from '../../lib/engine/doctor/order.ts'
import { hiding } from '../../lib/host/log/hiding.ts'
import type { Look } from '../../lib/engine/doctor/look.ts'
import { newReport, renderFaultText, show } from '../../lib/contract/report.ts'
import { parseServerName } from '../../lib/formats/server-name.ts'
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

/** @throws {Failure} exit 64 if it is no server name */
const atServer = async (name: string): Promise<Looking> => {
  const server = parseServerName(name)
  if (typeof server === 'string') {
    throw new Failure(exit.usage, `--for ${show(name)}: ${server}`)
  }
  // No other command needs this code.
  const { looksFor } = await import('../../lib/services/synapse/looks/index.ts')
  return { looks: looksFor(server), secrets: [] }
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

const tell = (
  { log, facts, line, streams }: Run,
  { wrong, unseen, right }: Examined,
  hide: (text: string) => string,
  isNews: boolean,
): void => {
  const shown = wrong.map(each => ({ ...each, says: hide(each.says) }))
  const causes = ordered(shown)
  const groups = grouped(unseen)
  facts['findings'] = flat(causes)
  facts['unseen'] = groups.map(each => ({ ...each, why: hide(each.why) }))
  facts['right'] = right
  if (line.json || !isNews) {
    return
  }
  const fold = (text: string): string[] =>
    streams.terminal ? folded(text) : [text]
  // Also with --quiet: they are what was asked for.
  log.print(
    linesOf(causes)
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

/**
 * Runs the looks of a day, and records what they found for the next day.
 * @returns also whether that is other than on the last day
 */
const lookedToday = async (
  { host, log, now, line, facts }: Run,
  looks: readonly Look[],
): Promise<{ examined: Examined; isNews: boolean }> => {
  const record = readDaily(host)
  const daily = dailyOf(record, true, now)
  const examined = await examine(looks, { host, now, daily }, longest)
  const { isWorse, gone, findings } = newsOf(record.findings, examined)
  await writeDaily(host, { findings, notes: daily.notes() })
  facts['gone'] = gone
  if (gone.length > 0 && !line.json) {
    log.print(`no longer wrong: ${gone.join(', ')}\n`)
  }
  return { examined, isNews: isWorse || gone.length > 0 }
}

/** Runs the looks for somebody who waits. */
const lookedNow = async (
  { host, now, line }: Run,
  looks: readonly Look[],
): Promise<{ examined: Examined; isNews: true }> => {
  // A server elsewhere is looked at by any user, and has no record here.
  const record = line.own.for === undefined ? readDaily(host) : nothingDaily
  const daily = dailyOf(record, false, now)
  return { examined: await examine(looks, { host, now, daily }), isNews: true }
}

/** What is wrong with the running server, and what fixes it. */
export const run = async (run: Run): Promise<Exit> => {
  const { log, line } = run
  const { for: name, daily } = line.own
  if (name !== undefined && daily) {
    throw new Failure(exit.usage, '--daily is for the server of this jail')
  }
  const { looks, secrets } =
    name === undefined
      ? await atThisJail(run, contextOf(run))
      : await atServer(name)
  const looked = daily ? lookedToday : lookedNow
  const { examined, isNews } = await looked(run, looks)
  const { wrong, right, defects } = examined
  tell(run, examined, hiding(secrets), isNews)
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
  if (isNews) {
    log.item('nothing is wrong', {})
  }
  return exit.ok
}
