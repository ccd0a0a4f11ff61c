// A service that only has to read some files again goes on running. If it does
// not do so, it is restarted.

import type { Context } from './context.ts'
import { exit, Failure, type Exit } from '../contract/failure.ts'
import { unhealthy } from './health/cause.ts'
import { verify, type Health } from './health/verify.ts'
import { withReload } from './record/noting.ts'
import { readingOf } from './record/reader.ts'
import { readingsStep, type Reading } from './record/readings.ts'
import { newStage } from './stage/stage.ts'
import { checksBefore, startAndVerify } from './starting.ts'
import { mendNow } from './steps/file.ts'
import {
  isReloadable,
  reload,
  type NotReloaded,
  type Reloadable,
} from './steps/reload.ts'
import type { ServiceStep } from './steps/step.ts'

/** Notes what the process has read of the files, or that nobody knows. */
const note = async (
  step: Reloadable,
  { host }: Context,
  read?: Reading,
): Promise<void> => {
  const readings = withReload(host, step, step.reload.of, read)
  await mendNow(readingsStep(readings), host)
}

/**
 * Whether it answers now, where it did before: one that is still starting would
 * die of a signal, and one that does not answer is to be restarted.
 */
const isReady = async (
  step: Reloadable,
  context: Context,
): Promise<boolean> => {
  const { host, ending } = context
  const timeout = Math.min(step.timeout, step.reload.within)
  const now = { ...step, checks: checksBefore(step, context), timeout }
  return (await verify(host, now, undefined, ending)).healthy
}

const unlessFailure =
  (say: (message: string) => void) =>
  (error: unknown): void => {
    if (!(error instanceof Failure)) {
      throw error
    }
    say(error.message)
  }

/**
 * @returns undefined if it has read the files again, and is healthy
 * @throws {Failure} exit 78 if its own check refuses the files, 73 if that it
 *   was asked cannot be noted
 */
const reloadOnce = async (
  step: Reloadable,
  context: Context,
): Promise<NotReloaded | undefined> => {
  const { host, log, ending } = context
  if (!(await isReady(step, context))) {
    return { why: 'it is not healthy', details: [] }
  }
  if (step.proof?.atStart) {
    const outcome = `${step.name} stays as it is`
    await step.proof.prove(host, newStage(host), outcome)
  }
  const read = readingOf(host, step)
  // Whoever ends this run must not leave behind that it uses the old files.
  await note(step, context)
  const failed = await reload(host, step, ending)
  if (failed !== undefined) {
    return failed
  }
  const health = await verify(host, step, undefined, ending)
  if (!health.healthy) {
    return { why: health.cause, details: health.log }
  }
  // It uses them. Without the note the next run lets it read them once more.
  await note(step, context, read).catch(unlessFailure(log.warning))
  return undefined
}

const ask = async (
  step: Reloadable,
  context: Context,
): Promise<NotReloaded | Failure | undefined> => {
  try {
    return await reloadOnce(step, context)
  } catch (error) {
    if (error instanceof Failure) {
      return error
    }
    throw error
  }
}

// Its own check refuses the files, or there is no process for a program now: a
// restart would not end well.
const stays = new Set<Exit>([exit.config, exit.tempFail])

/**
 * Lets a service read files again without a restart, and makes sure that it
 * uses them and is healthy. If it does not, it is restarted; not if its own
 * check refuses the files, because it works with the old ones.
 */
export const reloadOrRestart = async (
  step: ServiceStep,
  context: Context,
): Promise<Health> => {
  const { host, log, ending } = context
  if (!isReloadable(step)) {
    return startAndVerify(step, context)
  }
  const begun = performance.now()
  const quiet = log.busy(`reloading ${step.name}`)
  const failed = await ask(step, context).finally(quiet)
  if (failed === undefined) {
    const seconds = ((performance.now() - begun) / 1000).toFixed(1)
    const what = step.reload.of.join(' and ')
    log.done(`${step.name} uses ${what} after ${seconds} s, without a restart`)
    return { healthy: true }
  }
  if (ending?.aborted) {
    return unhealthy(host, step, undefined, `${step.name} is not reloaded yet`)
  }
  const code = failed instanceof Failure ? failed.exit : undefined
  if (failed instanceof Failure && code !== undefined && stays.has(code)) {
    const { message: cause, details } = failed
    const isLack = code === exit.tempFail && { isLack: true as const }
    return { healthy: false, cause, log: [...details], ...isLack }
  }
  const why = failed instanceof Failure ? failed.message : failed.why
  log.warning(`${step.name} was not reloaded: ${why}: restarting it`)
  failed.details.forEach(line => log.info(`  ${line}`))
  return startAndVerify(step, context)
}
