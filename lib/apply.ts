import { makeAccounts } from './accounts.ts'
import { driftLine, lastSteps, serviceDrifts, type Drift } from './drifts.ts'
import { allDone, exit, Failure } from './failure.ts'
import type { Host } from './host.ts'
import type { Log } from './log.ts'
import { askOutside, type Asking } from './outside.ts'
import { paths } from './paths.ts'
import type { Plan } from './plan.ts'
import { proveSshd } from './prove-sshd.ts'
import { prove } from './prove.ts'
import { serve } from './serve.ts'
import { newStage, type Stage } from './stage.ts'
import { stepName, type SynapseProof } from './step.ts'
import { fileSystemDrift, mend } from './steps/index.ts'

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

/** Asks Synapse about a configuration that is to replace a live one. */
const proveConfig = async (
  name: string,
  proof: SynapseProof,
  host: Host,
  stage: Stage,
  log: Log,
): Promise<void> => {
  const staged = stage.temporary(proof.config)
  const live = host.text(proof.config)
  const next = stage.text(proof.config)
  if (staged === undefined || live === undefined || live === next) {
    return
  }
  const quiet = log.busy(`asking ${name} about its new configuration`)
  const warning = await prove(host, staged, proof.needs).finally(quiet)
  if (warning !== undefined) {
    log.warning(warning)
  }
}

/** Lets services judge the staged files that are to replace live ones. */
const proveStaged = async (
  plan: Plan,
  host: Host,
  stage: Stage,
  log: Log,
): Promise<void> => {
  for (const { name, proof } of host.live ? plan.services : []) {
    if (proof === undefined) {
      continue
    }
    if (!('includes' in proof)) {
      await proveConfig(name, proof, host, stage, log)
    } else if (
      // With what somebody else has made of it serve has to do alone.
      [proof.config, proof.includes, ...proof.keys].some(stage.temporary)
    ) {
      await proveSshd(host, stage, proof, 'nothing was changed')
    }
  }
}

const withNothingChanged = (error: unknown): unknown =>
  error instanceof Failure && error.exit === exit.cantCreate
    ? new Failure(error.exit, `${error.message}: nothing was changed`, error)
    : error

interface Prepared {
  stage: Stage
  mended: Drift[]
  /** Waits beside its place until the services are well, if any is started. */
  record: Stage
  recorded: Drift[]
}

/**
 * Stages what drifts, the record too, so that whatever cannot be written is
 * known before anything changes; then puts it in its place.
 */
const prepare = async (
  plan: Plan,
  host: Host,
  log: Log,
  start: boolean,
): Promise<Prepared> => {
  const stage = newStage(host)
  const record = newStage(host)
  try {
    const mended = await stageAll(plan.steps, host, stage, log)
    const last = lastSteps(plan, host, start)
    const recorded = await stageAll(last, host, record, log)
    await proveStaged(plan, host, stage, log)
    await allDone([stage.settle(), record.settle()])
    await stage.commit()
    if (!start) {
      await record.commit()
    }
    return { stage, mended, record, recorded }
  } catch (error) {
    try {
      record.abandon(error)
    } finally {
      stage.abandon(error)
    }
    throw withNothingChanged(error)
  }
}

/**
 * Makes the jail as the plan says. Each step is mended only if it drifts. The
 * files change together or not at all; a service that needs them is started
 * again, and if it is not healthy then, the files that were before come back.
 * The record comes last.
 * @param ending ends the waiting for services: what is not done yet is left to
 *   the next run
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
  ending?: AbortSignal,
): Promise<Drift[]> => {
  const prepared = await prepare(plan, host, log, start)
  const { stage, mended, record, recorded } = prepared
  let isRecorded = !start
  let asking: Asking | undefined
  try {
    const services = start ? plan.services : []
    const due = await serviceDrifts(services, host, stage.changed())
    mended.forEach(each => log.done(`${driftLine(each)}: mended`))
    due.forEach(each => log.info(driftLine(each)))
    if (mended.length + due.length > 0) {
      log.keep(lines => host.append(paths.cookLog, lines))
    }
    const starting = due.map(({ step }) => step)
    asking = askOutside(starting, host, ending)
    const served = await serve(services, due, host, stage, log, ending)
    const isWell = served.settled && served.failure === undefined
    const accounts =
      start && isWell
        ? await makeAccounts(plan.accounts, host, log)
        : { made: [] }
    if (served.settled && !isRecorded) {
      await record.commit()
      isRecorded = true
    }
    if (served.settled) {
      await asking.tell(log)
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
    // What tells the next run where to look for remains goes after them.
    ;[...stage.finish(), ...record.finish()].forEach(log.warning)
  }
}
