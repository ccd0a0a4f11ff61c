// Everything that a run does before it touches a service.

import type { Context } from '../context.ts'
import { closeFolders } from '../data-set/close-folders.ts'
import type { Drift } from '../drifts.ts'
import { allDone, exit, Failure } from '../../contract/failure.ts'
import { paths } from '../../contract/paths.ts'
import type { Plan } from '../plan.ts'
import { unite } from '../record/made.ts'
import { nextReadings } from '../record/reader.ts'
import { readingsStep } from '../record/readings.ts'
import { renderIntent } from '../record/record.ts'
import { stepName, type FileStep } from '../steps/step.ts'
import { fileSystemDrift, mend } from '../steps/index.ts'
import { newStage, type Stage } from './stage.ts'

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

/** What waits for the end of a run. */
export interface Prepared {
  stage: Stage
  mended: Drift[]
  /** Stays staged until the services are healthy, if any are started. */
  record: Stage
  recorded: Drift[]
}

/**
 * Writes the intent and closes directories. Then it stages what drifts, and the
 * record too, so that cook finds out that a file cannot be written before
 * anything has changed. Then it renames the files.
 * @throws {Failure} exit 73 if a file cannot be written, 75 if a resource is
 *   lacking, 78 if the check of a service refuses its configuration; in all cases
 *   nothing was changed
 */
export const prepare = async (
  plan: Plan,
  context: Context,
): Promise<Prepared> => {
  const { host } = context
  const [intent, stage, record] = [
    newStage(host),
    newStage(host),
    newStage(host),
  ]
  try {
    const first = await stageAll(plan.first, intent, context)
    // Before the first temporary file of another: a run that is killed while it
    // writes them leaves copies of them, and the next one must know where.
    await stageAll(intentOf(plan, context), intent, context)
    await intent.settle()
    await intent.commit()
    const all = [...plan.steps, ...plan.record]
    const closed = closeFolders(all, host, stage)
    const rest = await stageAll(plan.steps, stage, context)
    const recorded = await stageAll(plan.record, record, context)
    const noted = await stageAll(
      readingsOf(plan, stage, context),
      stage,
      context,
    )
    await proveStaged(plan, stage, context)
    await allDone([stage.settle(), record.settle()])
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
