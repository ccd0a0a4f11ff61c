// The stages that each run begins with: gather, check, recall, plan. They
// change nothing.

import { check } from '../lib/params/check.ts'
import type { Context } from '../lib/engine/context.ts'
import { exit, Failure } from '../lib/contract/failure.ts'
import { gather } from '../lib/params/gather.ts'
import { plan, type Plan } from '../lib/engine/plan.ts'
import { recallAll, secretsOf } from '../lib/engine/recall.ts'
import { readLedger } from '../lib/engine/record/record.ts'
import type { Params } from '../lib/params/params.ts'
import { newReport, type Report } from '../lib/contract/report.ts'
import { services } from '../lib/services/index.ts'
import type { Run } from './world.ts'

/** What every stage gets. */
export const contextOf = (
  { host, log, line }: Run,
  ending?: AbortSignal,
): Context => ({
  ...{ host, log, services, ending },
  starts: line.start && host.live,
})

/** gather and check: only the parameters. */
export const checked = ({ line, host, environment }: Run, report: Report) => {
  const { envFiles, flags } = line
  const gathered = gather(host, environment, envFiles, flags, report)
  return { gathered, ...check(gathered, report) }
}

/** Reports all errors and warnings. */
export const tell = ({ log, facts }: Run, report: Report): void => {
  log.faults(report.faults)
  facts['faults'] = report.faults
}

/** The end of a run whose errors were reported. */
export const refuse = ({ log }: Run): Failure => {
  log.item('nothing was changed', {})
  return new Failure(exit.config, '')
}

/** Why a service that is wanted cannot run here at all. */
const missing = async (
  right: Partial<Params>,
  { host, services }: Context,
): Promise<Failure | undefined> => {
  for (const each of services.filter(({ wanted }) => wanted(right))) {
    const failure = await each.missing?.(host, right)
    if (failure !== undefined) {
      return failure
    }
  }
  return undefined
}

/**
 * Runs the stages that change nothing.
 * @param again whether these warnings were reported before: now only errors
 *   cause a report
 * @throws {Failure} exit 78 if there is an error, after all were reported; 69
 *   if there is none, but a program is missing
 */
export const intend = async (
  run: Run,
  context: Context,
  { again = false } = {},
): Promise<Plan> => {
  const { host } = context
  const report = newReport()
  const { gathered, right, params } = checked(run, report)
  const ledger = readLedger(host, services)
  const given = { host, right, now: run.now(), report }
  const recalled = await recallAll(services, given)
  run.log.hide(() => secretsOf(gathered, recalled))
  const { version } = run
  const wanted =
    report.failed() || params === undefined || recalled === undefined
      ? undefined
      : plan({ version, gathered, params, recalled, ledger }, context)
  report.faults.push(...(wanted?.faults ?? []))
  if (!again || report.failed()) {
    tell(run, report)
  }
  if (wanted === undefined || report.failed()) {
    throw refuse(run)
  }
  const failure = await missing(right, context)
  if (failure !== undefined) {
    throw failure
  }
  return wanted
}
