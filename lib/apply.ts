import {
  driftLine,
  fileSystemDrift,
  lastSteps,
  serviceDrifts,
  type Drift,
} from './drifts.ts'
import { exit, Failure } from './failure.ts'
import type { Host } from './host.ts'
import type { Log } from './log.ts'
import { paths } from './paths.ts'
import type { Plan } from './plan.ts'
import { probeName } from './probe.ts'
import { healthOf } from './health.ts'
import { proveSshd } from './prove-sshd.ts'
import { prove } from './prove.ts'
import { readRecord } from './record.ts'
import { newStage, type Stage } from './stage.ts'
import { stepName, type ServiceStep, type Step } from './step.ts'
import * as dir from './steps/dir.ts'
import * as file from './steps/file.ts'
import * as line from './steps/line.ts'
import * as rcvar from './steps/rcvar.ts'
import * as removal from './steps/removal.ts'
import * as service from './steps/service.ts'
import * as user from './steps/user.ts'
import type { Health } from './verify.ts'

const mend = async (
  step: Exclude<Step, ServiceStep>,
  host: Host,
  stage: Stage,
): Promise<void> =>
  step.kind === 'dir'
    ? dir.mend(step, host, stage)
    : step.kind === 'file'
      ? file.mend(step, host, stage)
      : step.kind === 'user'
        ? user.mend(step, host, stage)
        : step.kind === 'line'
          ? line.mend(step, host, stage)
          : step.kind === 'removal'
            ? removal.mend(step, host, stage)
            : rcvar.mend(step, host, stage)

/** Stages each step that drifts. Nothing has its final name yet. */
const stageAll = async (
  steps: Plan['steps'],
  host: Host,
  stage: Stage,
  log: Log,
): Promise<Drift[]> => {
  const mended: Drift[] = []
  for (const step of steps) {
    const reason = fileSystemDrift(step, host)
    if (reason !== undefined) {
      const quiet = log.busy(`making ${stepName(step)}`)
      await mend(step, host, stage).finally(quiet)
      mended.push({ step, reason })
    }
  }
  return mended
}

/** Lets services judge the staged files that are to replace live ones. */
const proveStaged = async (
  plan: Plan,
  host: Host,
  stage: Stage,
  log: Log,
): Promise<void> => {
  for (const { name, proof } of host.live ? plan.services : []) {
    if (proof !== undefined && 'includes' in proof) {
      await proveSshd(host, stage, proof)
    }
    if (proof === undefined || 'includes' in proof) {
      continue
    }
    const staged = stage.temporary(proof.config)
    const live = host.text(proof.config)
    if (
      staged === undefined ||
      live === undefined ||
      live === stage.text(proof.config)
    ) {
      continue
    }
    const quiet = log.busy(`asking ${name} about its new configuration`)
    const warning = await prove(host, staged, proof.needs).finally(quiet)
    if (warning !== undefined) {
      log.warning(warning)
    }
  }
}

/** Stages what drifts and puts it in its place, or takes everything back. */
const commit = async (
  steps: Plan['steps'],
  host: Host,
  log: Log,
  before?: (stage: Stage) => Promise<void>,
): Promise<{ stage: Stage; mended: Drift[] }> => {
  const stage = newStage(host)
  try {
    const mended = await stageAll(steps, host, stage, log)
    await before?.(stage)
    await stage.commit()
    return { stage, mended }
  } catch (error) {
    stage.abandon()
    throw error
  }
}

const withNothingChanged = (error: unknown): unknown =>
  error instanceof Failure && error.exit === exit.cantCreate
    ? new Failure(error.exit, `${error.message}: nothing was changed`, error)
    : error

const where = ({ probes }: ServiceStep): string =>
  probes.length > 0 ? `: ${probes.map(probeName).join(', ')}` : ''

const startAndVerify = async (
  step: ServiceStep,
  host: Host,
  log: Log,
): Promise<Health> => {
  const begun = Date.now()
  const quiet = log.busy(`starting ${step.name}`)
  const health = await service
    .mend(step, host)
    .then(start => healthOf(host, step, start))
    .finally(quiet)
  if (health.healthy) {
    const seconds = ((Date.now() - begun) / 1000).toFixed(1)
    log.done(
      step.down
        ? `${step.name} is stopped`
        : `${step.name} is healthy after ${seconds} s${where(step)}`,
    )
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

/**
 * Makes the jail as the plan says. Each step is mended only if it drifts. The
 * files change together or not at all; a service that needs them is started
 * again, and if it is not healthy then, the files that were before come back.
 * The record comes last.
 * @returns what was mended
 * @throws {Failure} exit 73 when a file cannot be written, 78 when Synapse
 *   refuses the configuration (nothing was changed in both cases), 69 when a
 *   service is not healthy in the end
 */
export const apply = async (
  plan: Plan,
  host: Host,
  log: Log,
  start: boolean,
): Promise<Drift[]> => {
  const { stage, mended } = await commit(plan.steps, host, log, stage =>
    proveStaged(plan, host, stage, log),
  ).catch(error => {
    throw withNothingChanged(error)
  })
  const due = start ? await serviceDrifts(plan.services, host, []) : []
  if (mended.length + due.length > 0) {
    log.keep(lines => host.append(paths.cookLog, lines))
  }
  mended.forEach(each => log.done(`${driftLine(each)}: mended`))
  due.forEach(each => log.info(driftLine(each)))
  let failure: Failure | undefined
  let isTakenBack = false
  for (const step of start ? plan.services : []) {
    const isDue = due.some(each => each.step === step)
    const health = isDue
      ? await startAndVerify(step, host, log)
      : await healthOf(host, step, undefined)
    if (health.healthy) {
      isDue || step.down || log.info(`${step.name} is healthy${where(step)}`)
      continue
    }
    const { cause, log: details } = health
    if (step.aside) {
      // Told at once, so that another failure does not hide it.
      log.error(cause, details)
      failure ??= new Failure(exit.unavailable, '', { aside: true })
      continue
    }
    const outcome = isDue ? await rollBack(step, host, stage, log) : undefined
    const message = cause + (outcome ?? '')
    failure = new Failure(exit.unavailable, message, { details })
    isTakenBack ||= outcome !== undefined
  }
  stage.finish()
  // Else the record stays that of what is in place again.
  const last = isTakenBack
    ? undefined
    : await commit(lastSteps(plan, host, start), host, log)
  last?.stage.finish()
  if (failure !== undefined) {
    throw failure
  }
  return [...mended, ...due, ...(last?.mended ?? [])]
}
