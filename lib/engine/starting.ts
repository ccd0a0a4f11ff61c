// Starts of services, and waiting until they are healthy.

import type { Context } from './context.ts'
import { diagnose, explained, withDiagnosis } from './health/diagnosis.ts'
import { exit, Failure } from '../contract/failure.ts'
import { whereOf } from './health/health.ts'
import type { Start } from './health/cause.ts'
import { withStart } from './record/noting.ts'
import { readingOf } from './record/reader.ts'
import { readingsStep, type Reading } from './record/readings.ts'
import { readRecord, recordedLedger } from './record/record.ts'
import { newStage } from './stage/stage.ts'
import type { HealthCheck } from './steps/daemon.ts'
import type { ServiceStep } from './steps/step.ts'
import { mendNow } from './steps/file.ts'
import * as service from './steps/service.ts'
import { verify, type Health } from './health/verify.ts'

/** Where a service is checked, as the end of a message. */
export const where = ({ checks }: ServiceStep): string => {
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
export const startAndVerify = async (
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
export const confirmed = async (
  step: ServiceStep,
  { host, ending }: Context,
): Promise<Health> => {
  const health = await verify(host, step, undefined, ending)
  return ending?.aborted ? health : explained(host, step, health)
}

/** How a service was asked before: the record is still that of the last apply. */
export const checksBefore = (
  { name, checks }: ServiceStep,
  { host, services }: Context,
): readonly HealthCheck[] =>
  readRecord(host) === undefined
    ? checks
    : (recordedLedger(host, services)[name]?.checks ?? checks)
