import { check } from '../../params/check.ts'
import type { Context } from '../context.ts'
import { exit, Failure } from '../../contract/failure.ts'
import { gatherRecorded } from '../../params/gather.ts'
import { newReport, type Fault } from '../../contract/report.ts'
import { plan, type Plan } from '../plan.ts'
import { readLedger, readRecord } from '../record/record.ts'
import { recallAll } from '../recall.ts'
import type { Sight } from './look.ts'

/** What cook would do with the parameters of the last run. */
export interface Planned {
  /** Undefined if there is an error. */
  plan: Plan | undefined
  /** Why it would refuse. */
  errors: readonly Fault[]
}

/**
 * Plans as a run would, with the parameters of the last one.
 * @returns what a look gives to `once`
 */
export const planning =
  (context: Context) =>
  async ({ host, now }: Sight): Promise<Planned> => {
    const { services } = context
    const report = newReport()
    const gathered = gatherRecorded(host, report)
    const { params, right } = check(gathered, report)
    const given = { host, right, now: now(), report }
    const recalled = await recallAll(services, given)
    const errors = report.faults.filter(each => each.severity === 'error')
    if (errors.length > 0) {
      return { plan: undefined, errors }
    }
    if (params === undefined || recalled === undefined) {
      throw new Failure(exit.unavailable, 'there is nothing to plan from')
    }
    // That of this cook would be a change of its own.
    const version = readRecord(host)?.cook ?? ''
    const ledger = readLedger(host, services)
    const intended = { version, gathered, params, recalled, ledger }
    return { plan: plan(intended, context), errors }
  }

export type Planning = ReturnType<typeof planning>
