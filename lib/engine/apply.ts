import { makeAccounts } from './accounts.ts'
import type { Context } from './context.ts'
import { driftLine, restDrifts, serviceDrifts, type Drift } from './drifts.ts'
import { askOutside } from './outside.ts'
import { tellNotices } from './health/notices.ts'
import { paths } from '../contract/paths.ts'
import type { Plan } from './plan.ts'
import { serve } from './serve.ts'
import { prepare, type Prepared } from './stage/prepare.ts'
import type { Stage } from './stage/stage.ts'
import { attempt } from './stage/undoing.ts'
import type { ServiceStep } from './steps/step.ts'
import { rest } from './data-set/rest.ts'

/** What this run does about services: it starts them, or others will. */
const dueOf = async (
  { services }: Plan,
  stage: Stage,
  { host, starts }: Context,
): Promise<Drift<ServiceStep>[]> =>
  starts
    ? serviceDrifts(services, host, stage.changed())
    : host.live
      ? restDrifts(services, host)
      : []

/**
 * Changes the jail to what the plan says. A step is mended only if it drifts.
 * Either all files change or none does. A service that reads changed files is
 * restarted; if it is not healthy then, its previous files are restored. The
 * record is written last.
 * @returns what was mended
 * @throws {Failure} exit 73 if a file cannot be written, 78 if the check of a
 *   service refuses its configuration (in both cases nothing was changed), 69
 *   if a service is not healthy at the end
 */
export const apply = async (plan: Plan, context: Context): Promise<Drift[]> => {
  const { host, log, starts, ending } = context
  const prepared = await prepare(plan, context)
  const { stage, mended, record, recorded } = prepared
  const services = starts ? plan.services : []
  let isRecorded = !starts
  let isDone = false
  let asking: ReturnType<typeof askOutside> | undefined
  try {
    const due = await dueOf(plan, stage, context)
    mended.forEach(each => log.done(`${driftLine(each)}: mended`))
    due.forEach(each => log.info(driftLine(each)))
    plan.moves.forEach(({ name, what }) => log.info(`${name} ${what}`))
    if (mended.length + due.length > 0) {
      log.keep(lines => host.append(paths.cookLog, lines))
    }
    const fresh = starts ? due.filter(({ reloads }) => !reloads) : []
    const started = fresh.map(({ step }) => step)
    asking = askOutside(started, host, ending)
    for (const { step } of starts ? [] : due) {
      await rest(host, step, log.done)
    }
    const served = await serve(services, due, stage, context)
    const isWell = served.settled && served.failure === undefined
    const accounts =
      starts && isWell
        ? await makeAccounts(plan.accounts, context)
        : { made: [] }
    if (served.settled && !isRecorded) {
      await record.commit()
      isRecorded = true
    }
    isDone = isRecorded
    if (served.settled) {
      await asking.tell(log)
      await tellNotices(
        services,
        due.map(({ step }) => step),
        context,
      )
    }
    const failure = served.failure ?? accounts.failure
    if (failure !== undefined) {
      throw failure
    }
    return [
      ...mended,
      ...due,
      ...accounts.made,
      ...(isRecorded ? recorded : []),
    ]
  } finally {
    asking?.end()
    if (!isRecorded) {
      record.abandon()
    }
    finish(prepared, isDone, context)
  }
}

/**
 * Removes the previous files. What tells the next run where to look for
 * leftovers is removed after the other files, and the intent only if nothing is
 * left.
 */
const finish = (
  { stage, record }: Prepared,
  isDone: boolean,
  { host, log }: Context,
): void => {
  const faults = [...stage.finish(), ...record.finish()]
  const rest = isDone && faults.length === 0
  const last = attempt(rest ? [() => host.remove(paths.intent)] : [])
  ;[...faults, ...last].forEach(log.warning)
}
