import type { Drift } from './drifts.ts'
import { exit, Failure } from './failure.ts'
import type { Host } from './host.ts'
import type { Log } from './log.ts'
import { probeName } from './probe.ts'
import { readRecord } from './record.ts'
import type { Stage } from './stage.ts'
import type { ServiceStep } from './step.ts'
import * as service from './steps/service.ts'
import { verify, type Health } from './verify.ts'

const where = ({ probes }: ServiceStep): string =>
  `: ${probes.map(probeName).join(', ')}`

const startAndVerify = async (
  step: ServiceStep,
  host: Host,
  log: Log,
): Promise<Health> => {
  const begun = Date.now()
  const quiet = log.busy(`starting ${step.name}`)
  const health = await service
    .mend(step, host)
    .then(start => verify(host, step, start))
    .finally(quiet)
  if (health.healthy) {
    const seconds = ((Date.now() - begun) / 1000).toFixed(1)
    log.done(`${step.name} is healthy after ${seconds} s${where(step)}`)
  }
  return health
}

/**
 * Puts back the files that were before and starts the service with them.
 * @returns what came of it, or nothing when there was nothing to put back
 */
const rollBack = async (
  step: ServiceStep,
  host: Host,
  stage: Stage,
  log: Log,
): Promise<string | undefined> => {
  // The record is still that of the apply before this one.
  const before = readRecord(host)?.probes ?? step.probes
  if (!stage.revert(step.reads)) {
    return undefined
  }
  log.warning(`${step.name} is not healthy: putting back the previous files`)
  const health = await startAndVerify({ ...step, probes: before }, host, log)
  return health.healthy
    ? '; the previous files were put back, and it is healthy with them'
    : '; the previous files were put back, but it is not healthy with them either'
}

/** What came of the services, when one of them is not healthy. */
export interface Trouble {
  failure: Failure
  /** Whether what was before is in its place again. */
  reverted: boolean
}

/**
 * Starts what is due and asks all for their health. One that is not healthy
 * with new files gets back those that were before.
 */
export const serve = async (
  services: readonly ServiceStep[],
  due: readonly Drift[],
  host: Host,
  stage: Stage,
  log: Log,
): Promise<Trouble | undefined> => {
  let trouble: Trouble | undefined
  for (const step of services) {
    const isDue = due.some(each => each.step === step)
    const health = isDue
      ? await startAndVerify(step, host, log)
      : await verify(host, step, undefined)
    if (health.healthy) {
      isDue || log.info(`${step.name} is healthy${where(step)}`)
      continue
    }
    const outcome = isDue ? await rollBack(step, host, stage, log) : undefined
    const message = health.cause + (outcome ?? '')
    const failure = new Failure(exit.unavailable, message, {
      details: health.log,
    })
    trouble = { failure, reverted: outcome !== undefined }
    if (trouble.reverted) {
      break
    }
  }
  return trouble
}
