import { makeAccounts } from './accounts.ts'
import type { Context } from './context.ts'
import { driftLine, serviceDrifts, type Drift } from './drifts.ts'
import { allDone, exit, Failure } from '../contract/failure.ts'
import { unite } from './record/made.ts'
import { askOutside } from './outside.ts'
import { paths } from '../contract/paths.ts'
import type { Plan } from './plan.ts'
import { renderIntent } from './record/record.ts'
import { serve } from './serve.ts'
import { newStage, type Stage } from './stage/stage.ts'
import { stepName, type FileStep } from './steps/step.ts'
import { fileSystemDrift, mend } from './steps/index.ts'

/** Stages each step that drifts. Nothing has its final name yet. */
const stageAll = async (
  steps: Plan['steps'],
  stage: Stage,
  { host, log }: Context,
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

/** Lets services check the staged files that are to replace live ones. */
const proveStaged = async (
  plan: Plan,
  stage: Stage,
  { host, log }: Context,
): Promise<void> => {
  for (const { name, proof } of host.live ? plan.services : []) {
    // What somebody else has made of a service's files counts at its start.
    if (!proof?.of.some(path => stage.temporary(path) !== undefined)) {
      continue
    }
    const quiet = log.busy(`asking ${name} about its new configuration`)
    const outcome = 'nothing was changed'
    const warning = await proof.prove(host, stage, outcome).finally(quiet)
    if (warning !== undefined) {
      log.warning(warning)
    }
  }
}

const withNothingChanged = (error: unknown): unknown =>
  error instanceof Failure && error.exit === exit.cantCreate
    ? new Failure(error.exit, `${error.message}: nothing was changed`, error)
    : error

/**
 * What is about to be made, and what is still to be taken back, where the record
 * will say otherwise: the next run has to know both when this one is killed,
 * whatever its parameters are.
 */
const intentOf = (
  { ledger: { old, next } }: Plan,
  { host }: Context,
): FileStep[] => {
  const content = renderIntent(unite(old, next))
  const isSame = renderIntent(old) === renderIntent(next)
  return isSame || host.text(paths.intent) === content
    ? []
    : [
        {
          ...{ kind: 'file', path: paths.intent, content },
          ...{ owner: 'root', group: 'wheel', mode: 0o640 },
        },
      ]
}

/** @throws {Failure} exit 73 when something could not be taken back */
const abandonAll = (stages: readonly Stage[], error: unknown): void => {
  const failures: unknown[] = []
  for (const stage of stages) {
    try {
      stage.abandon(error)
    } catch (failure) {
      failures.push(failure)
    }
  }
  if (failures.length > 0) {
    throw failures[0]
  }
}

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
const prepare = async (plan: Plan, context: Context): Promise<Prepared> => {
  const { host } = context
  const [intent, stage, record] = [
    newStage(host),
    newStage(host),
    newStage(host),
  ]
  try {
    const first = await stageAll(plan.first, intent, context)
    const rest = await stageAll(plan.steps, stage, context)
    const recorded = await stageAll(plan.record, record, context)
    await stageAll(intentOf(plan, context), intent, context)
    await proveStaged(plan, stage, context)
    await allDone([intent, stage, record].map(each => each.settle()))
    await intent.commit()
    await stage.commit()
    if (!context.starts) {
      await record.commit()
    }
    intent.finish()
    return { stage, mended: [...first, ...rest], record, recorded }
  } catch (error) {
    // What is to be known as long as anything is left goes last.
    abandonAll([record, stage, intent], error)
    throw withNothingChanged(error)
  }
}

/**
 * Makes the jail as the plan says. Each step is mended only if it drifts. The
 * files change together or not at all; a service that needs them is started
 * again, and if it is not healthy then, the files that were before come back.
 * The record comes last.
 * @returns what was mended
 * @throws {Failure} exit 73 when a file cannot be written, 78 when a service's
 *   own check refuses its configuration (nothing was changed in both cases), 69
 *   when a service is not healthy in the end
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
    const due = await serviceDrifts(services, host, stage.changed())
    mended.forEach(each => log.done(`${driftLine(each)}: mended`))
    due.forEach(each => log.info(driftLine(each)))
    if (mended.length + due.length > 0) {
      log.keep(lines => host.append(paths.cookLog, lines))
    }
    asking = askOutside(
      due.map(({ step }) => step),
      host,
      ending,
    )
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
 * Drops what was before. What tells the next run where to look for remains
 * goes after them, and the intent when nothing is left of it.
 */
const finish = (
  { stage, record }: Prepared,
  isDone: boolean,
  { host, log }: Context,
): void => {
  const faults = [...stage.finish(), ...record.finish()]
  faults.forEach(log.warning)
  if (isDone && faults.length === 0) {
    host.remove(paths.intent)
  }
}
