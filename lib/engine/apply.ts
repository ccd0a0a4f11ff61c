import { makeAccounts } from './accounts.ts'
import { closeFolders } from './data-set/close-folders.ts'
import type { Context } from './context.ts'
import { driftLine, restDrifts, serviceDrifts, type Drift } from './drifts.ts'
import { allDone, exit, Failure } from '../contract/failure.ts'
import { unite } from './record/made.ts'
import { askOutside } from './outside.ts'
import { paths } from '../contract/paths.ts'
import type { Plan } from './plan.ts'
import { nextReadings } from './record/reader.ts'
import { readingsStep } from './record/readings.ts'
import { renderIntent } from './record/record.ts'
import { serve } from './serve.ts'
import { newStage, type Stage } from './stage/stage.ts'
import { attempt } from './stage/undoing.ts'
import { stepName, type FileStep, type ServiceStep } from './steps/step.ts'
import { fileSystemDrift, mend } from './steps/index.ts'
import { rest } from './steps/service.ts'

/** Stages each step that drifts. No file has its final name yet. */
const stageAll = async (
  steps: Plan['steps'],
  stage: Stage,
  { host, log }: Context,
): Promise<Drift[]> => {
  const mended: Drift[] = []
  for (const step of steps) {
    const reason = fileSystemDrift(step, host)
    if (reason !== undefined) {
      const quiet = log.busy(`mending ${stepName(step)}`)
      await mend(step, host, stage).finally(quiet)
      mended.push({ step, reason })
    }
  }
  return mended
}

/** Lets services check the staged files that will replace live ones. */
const proveStaged = async (
  plan: Plan,
  stage: Stage,
  { host, log }: Context,
): Promise<void> => {
  for (const { name, proof } of host.live ? plan.services : []) {
    // Files that others have changed are checked before the service starts.
    if (!proof?.of.some(path => stage.temporary(path) !== undefined)) {
      continue
    }
    const quiet = log.busy(`checking the new configuration of ${name}`)
    const outcome = 'nothing was changed'
    const warning = await proof.prove(host, stage, outcome).finally(quiet)
    if (warning !== undefined) {
      log.warning(warning)
    }
  }
}

const withNothingChanged = (error: unknown): unknown =>
  error instanceof Failure &&
  (error.exit === exit.cantCreate || error.exit === exit.tempFail)
    ? new Failure(error.exit, `${error.message}: nothing was changed`, error)
    : error

/**
 * The file that says what this run will create and what it still has to take
 * back. It is written if the record will change: if the run is killed, the next
 * one must know both, whatever its parameters are.
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

/** @throws {Failure} exit 73 if a change could not be rolled back */
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

/** The notes about what services will have read, if any service is wanted. */
const readingsOf = (
  { services }: Plan,
  stage: Stage,
  { host }: Context,
): FileStep[] => {
  const staged = (path: string): string | undefined =>
    stage.temporary(path) === undefined ? undefined : stage.text(path)
  const isNeeded = services.some(({ down }) => down === undefined)
  return isNeeded ? [readingsStep(nextReadings(host, services, staged))] : []
}

interface Prepared {
  stage: Stage
  mended: Drift[]
  /** Stays staged until the services are healthy, if any are started. */
  record: Stage
  recorded: Drift[]
}

/**
 * Closes directories. Then it stages what drifts, and the record too, so that
 * cook finds out that a file cannot be written before anything has changed. Then
 * it renames the files.
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
    const all = [...plan.steps, ...plan.record]
    const closed = closeFolders(all, host, stage)
    const rest = await stageAll(plan.steps, stage, context)
    const recorded = await stageAll(plan.record, record, context)
    const noted = await stageAll(
      readingsOf(plan, stage, context),
      stage,
      context,
    )
    await stageAll(intentOf(plan, context), intent, context)
    await proveStaged(plan, stage, context)
    // It is renamed before the others, and needs not wait for them.
    const intended = intent.settle().then(() => intent.commit())
    await allDone([intended, stage.settle(), record.settle()])
    await stage.commit()
    if (!context.starts) {
      await record.commit()
    }
    intent.finish()
    const mended = [...first, ...closed, ...rest]
    const isAlone = mended.length + recorded.length === 0
    return { stage, mended: isAlone ? noted : mended, record, recorded }
  } catch (error) {
    // The intent goes last: it must be there as long as any change is.
    abandonAll([record, stage, intent], error)
    throw withNothingChanged(error)
  }
}

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
    if (mended.length + due.length > 0) {
      log.keep(lines => host.append(paths.cookLog, lines))
    }
    asking = askOutside(
      due.map(({ step }) => step),
      host,
      ending,
    )
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
