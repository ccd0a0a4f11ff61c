import type { Context } from './context.ts'
import { diagnose, explained, withDiagnosis } from './health/diagnosis.ts'
import type { Drift } from './drifts.ts'
import { exit, Failure } from '../contract/failure.ts'
import { whereOf } from './health/health.ts'
import type { Start } from './health/cause.ts'
import { readingOf, withStart } from './record/reader.ts'
import { readingsStep, type Reading } from './record/readings.ts'
import { readRecord, recordedLedger } from './record/record.ts'
import { newStage, type Stage } from './stage/stage.ts'
import type { HealthCheck } from './steps/daemon.ts'
import type { ServiceStep } from './steps/step.ts'
import { pidOf } from './health/running.ts'
import { mendNow } from './steps/file.ts'
import * as service from './steps/service.ts'
import { verify, type Health } from './health/verify.ts'

/** What was done about the services. */
export interface Served {
  failure?: Failure
  /**
   * Whether the new files stay. They do not if the previous files were
   * restored; it is undecided if the run was ended early.
   */
  settled: boolean
}

const where = ({ checks }: ServiceStep): string => {
  const places = checks.map(whereOf)
  return places.length > 0 ? `: ${places.join(', ')}` : ''
}

/** Notes what a service has read that was just started. */
const note = async (
  step: ServiceStep,
  read: Reading,
  { logFrom }: Start,
  { host, log }: Context,
): Promise<void> => {
  try {
    const readings = withStart(host, step, read, logFrom)
    await mendNow(readingsStep(readings), host)
  } catch (error) {
    if (!(error instanceof Failure)) {
      throw error
    }
    // The service runs. Without the note the next run may start it again.
    log.warning(error.message)
  }
}

const startOnce = async (
  step: ServiceStep,
  context: Context,
): Promise<Health> => {
  const { host, log, ending } = context
  const begun = performance.now()
  const quiet = log.busy(`starting ${step.name}`)
  try {
    if (step.proof?.atStart) {
      await step.proof.prove(
        host,
        newStage(host),
        `${step.name} stays as it is`,
      )
    }
    const read = readingOf(host, step)
    const start = await service.mend(step, host, log.done)
    const health = await verify(host, step, start, ending)
    quiet()
    if (health.healthy) {
      step.down || (await note(step, read, start, context))
      const seconds = ((performance.now() - begun) / 1000).toFixed(1)
      log.done(
        step.down
          ? `${step.name} is stopped`
          : `${step.name} is healthy after ${seconds} s${where(step)}`,
      )
    }
    return health
  } catch (error) {
    if (error instanceof Failure) {
      const { message: cause, details } = error
      const isLack = error.exit === exit.tempFail && { isLack: true as const }
      return { healthy: false, cause, log: [...details], ...isLack }
    }
    throw error
  } finally {
    quiet()
  }
}

/**
 * Starts a service and waits until it is healthy. If it is not, because of
 * something that the service can repair, it is started once more.
 */
const startAndVerify = async (
  step: ServiceStep,
  context: Context,
): Promise<Health> => {
  const { host, log, ending } = context
  const first = await startOnce(step, context)
  if (first.healthy || ending?.aborted) {
    return first
  }
  const found = await diagnose(host, step, first, true)
  if (!found?.isRepaired) {
    return withDiagnosis(first, found)
  }
  log.warning(`${first.cause}; ${found.message}`)
  return explained(host, step, await startOnce(step, context))
}

/** The health of a service that is not started now. */
const confirmed = async (
  step: ServiceStep,
  { host, ending }: Context,
): Promise<Health> => {
  const health = await verify(host, step, undefined, ending)
  return ending?.aborted ? health : explained(host, step, health)
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

/** How a service was asked before: the record is still that of the last apply. */
const checksBefore = (
  { name, checks }: ServiceStep,
  { host, services }: Context,
): readonly HealthCheck[] =>
  readRecord(host) === undefined
    ? checks
    : (recordedLedger(host, services)[name]?.checks ?? checks)

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
    const isDue = due.some(each => each.step === step)
    const old = pidOf(host, step)
    const health = ending?.aborted
      ? undefined
      : isDue
        ? await startAndVerify(step, context)
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
  if (failure !== undefined) {
    throw failure
  }
}
