import type { Context } from './context.ts'
import type { Drift } from './drifts.ts'
import { exit, Failure } from '../contract/failure.ts'
import { reloadOrRestart } from './reloading.ts'
import type { Stage } from './stage/stage.ts'
import { tellNotices } from './health/notices.ts'
import { checksBefore, confirmed, startAndVerify, where } from './starting.ts'
import type { ServiceStep } from './steps/step.ts'
import { pidOf } from './health/running.ts'

/** What was done about the services. */
export interface Served {
  failure?: Failure
  /**
   * Whether the new files stay. They do not if the previous files were
   * restored; it is undecided if the run was ended early.
   */
  settled: boolean
}

const putBack = async (
  step: ServiceStep,
  stage: Stage,
): Promise<boolean | Failure> => {
  try {
    return await stage.revert(step.reads)
  } catch (error) {
    if (error instanceof Failure) {
      return error
    }
    throw error
  }
}

/**
 * Restores the previous files and makes the service use them.
 * @param old the process that used them
 * @returns the result in words, or undefined if there was nothing to restore
 */
const rollBack = async (
  step: ServiceStep,
  old: number | undefined,
  stage: Stage,
  context: Context,
): Promise<string | undefined> => {
  const { host, log } = context
  const before = { ...step, checks: checksBefore(step, context) }
  const back = await putBack(step, stage)
  if (back === false) {
    return undefined
  }
  if (back !== true) {
    return `; the previous files could not be restored (${back.message})`
  }
  log.warning(`${step.name} is not healthy: restoring the previous files`)
  // A process that could not be stopped never read the new files.
  const health =
    old !== undefined && pidOf(host, step) === old
      ? await confirmed(before, context)
      : await startAndVerify(before, context)
  return health.healthy
    ? '; the previous files were restored, and it is healthy with them'
    : '; the previous files were restored, but it is not healthy with them' +
        ` either (${health.cause})`
}

/**
 * Starts the services that are due, in order, and waits until each is healthy.
 * If one is not healthy with its new files, its previous files are restored.
 */
export const serve = async (
  services: readonly ServiceStep[],
  due: readonly Drift<ServiceStep>[],
  stage: Stage,
  context: Context,
): Promise<Served> => {
  const { host, log, ending } = context
  let failure: Failure | undefined
  let settled = true
  for (const step of services) {
    const isDue = due.find(each => each.step === step)
    const old = pidOf(host, step)
    const health = ending?.aborted
      ? undefined
      : isDue
        ? await (isDue.reloads ? reloadOrRestart : startAndVerify)(
            step,
            context,
          )
        : await confirmed(step, context)
    if (health?.healthy) {
      isDue || step.down || log.info(`${step.name} is healthy${where(step)}`)
      continue
    }
    if (health === undefined || ending?.aborted) {
      return { settled: false }
    }
    if (step.aside) {
      // Reported at once, because another failure may follow.
      log.error(health.cause, health.log)
      failure ??= new Failure(exit.unavailable, '', { aside: true })
      continue
    }
    // If the cause is elsewhere, the previous files would not help.
    const outcome =
      isDue && !health.isBeyond
        ? await rollBack(step, old, stage, context)
        : undefined
    const { cause, log: details, isLack } = health
    const code = isLack ? exit.tempFail : exit.unavailable
    failure = new Failure(code, cause + (outcome ?? ''), { details })
    settled &&= outcome === undefined
  }
  return { settled, ...(failure === undefined ? {} : { failure }) }
}

/**
 * Checks that services which no step has touched are healthy.
 * @throws {Failure} exit 69 if one is not
 */
export const confirm = async (
  services: readonly ServiceStep[],
  context: Context,
): Promise<void> => {
  const { log, starts, ending } = context
  let failure: Failure | undefined
  for (const step of starts ? services : []) {
    const health = await confirmed(step, context)
    if (!health.healthy && !ending?.aborted) {
      const { cause, log: details } = health
      if (!step.aside) {
        throw new Failure(exit.unavailable, cause, { details })
      }
      log.error(cause, details)
      failure = new Failure(exit.unavailable, '', { aside: true })
    }
  }
  await tellNotices(starts ? services : [], [], context)
  if (failure !== undefined) {
    throw failure
  }
}
