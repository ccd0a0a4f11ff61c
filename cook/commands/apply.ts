import { apply } from '../../lib/engine/apply.ts'
import type { Context } from '../../lib/engine/context.ts'
import { driftLine, drifts } from '../../lib/engine/drifts.ts'
import { fullFaults } from '../../lib/engine/data-set/judge-space.ts'
import { exit, Failure, type Exit } from '../../lib/contract/failure.ts'
import { lock, patience, refuseIfLocked } from '../../lib/host/lock.ts'
import { askOutside } from '../../lib/engine/outside.ts'
import type { Plan } from '../../lib/engine/plan.ts'
import { readRecord } from '../../lib/engine/record/record.ts'
import { show } from '../../lib/contract/report.ts'
import { confirm } from '../../lib/engine/serve.ts'
import { showLogs } from '../../lib/engine/show-logs.ts'
import { watch } from '../../lib/engine/health/watch.ts'
import { contextOf, intend } from '../road.ts'
import { nothingToDo, type Run } from '../world.ts'

/** How many seconds to wait for another cook. */
const waitOf = ({ line }: Run): number => {
  const { wait = '0' } = line.own
  if (!/^\d{1,6}$/.test(wait)) {
    const fault = 'is not a number of seconds (0-999999)'
    throw new Failure(exit.usage, `--wait: ${show(wait)} ${fault}`)
  }
  return Number(wait)
}

const abortedBy = (ended: Promise<void>): AbortSignal => {
  const controller = new AbortController()
  void ended.then(() => controller.abort())
  return controller.signal
}

/** The result of a plan. */
interface Outcome {
  plan: Plan
  /** A failure that does not stop the homeserver. */
  failure?: Failure
  /** Whether a service was started. */
  started: boolean
}

/** The failure, if the homeserver works in spite of it. */
const unlessServing = (error: unknown): Failure => {
  if (error instanceof Failure && error.aside) {
    return error
  }
  throw error
}

/**
 * Makes the changes, under the lock. It looks again for what has to be done,
 * because another cook may have run in between.
 */
const change = async (
  run: Run,
  context: Context,
  first: Plan,
  patient: ReturnType<typeof patience>,
): Promise<Outcome> => {
  const unlock = await patient(() => lock(context.host))
  const outcome: Outcome = { plan: first, started: false }
  try {
    outcome.plan = await intend(run, context, { again: true })
    const applied = await apply(outcome.plan, context)
    run.facts['changes'] = applied.map(driftLine)
    outcome.started = applied.some(({ step }) => step.kind === 'service')
    const failure = withoutSpace(context)
    Object.assign(outcome, failure && { failure })
  } catch (error) {
    outcome.failure = unlessServing(error)
  } finally {
    unlock()
  }
  return outcome
}

/**
 * The failure if nothing can be stored any more: Synapse answers then, but no
 * message arrives. It goes on, and so do the other services.
 */
const withoutSpace = ({ host, log, starts }: Context): Failure | undefined => {
  const full = starts ? fullFaults(host) : []
  full.forEach(each => log.error(each))
  return full.length === 0
    ? undefined
    : new Failure(exit.unavailable, '', { aside: true })
}

/** If nothing has to be changed, checks that all services are healthy. */
const rest = async (
  run: Run,
  context: Context,
  plan: Plan,
): Promise<Outcome> => {
  run.facts['changes'] = []
  try {
    await confirm(plan.services, context)
  } catch (error) {
    return { plan, started: false, failure: unlessServing(error) }
  }
  const failure = withoutSpace(context)
  if (failure === undefined) {
    run.log.info(nothingToDo)
  }
  return { plan, started: false, ...(failure && { failure }) }
}

/** Applies a plan, reports, and stays in the foreground if asked to. */
const fulfil = async (
  run: Run,
  context: Context,
  wanted: Plan,
  patient: ReturnType<typeof patience>,
): Promise<Exit> => {
  const { host, log, starts, ending } = context
  const isFirst = readRecord(host) === undefined
  const isDue = isFirst || (await drifts(wanted, context)).length > 0
  const { plan, failure, started } = isDue
    ? await change(run, context, wanted, patient)
    : await rest(run, context, wanted)
  if (run.line.own.ask && starts && !started) {
    await askOutside(plan.services, host, ending).tell(log)
  }
  const isWell = starts && failure === undefined && !ending?.aborted
  run.facts['healthy'] = isWell ? true : undefined
  if (ending !== undefined) {
    await watch(plan.services, context, ending)
    log.info('stopped by a signal')
  }
  if (failure !== undefined) {
    throw failure
  }
  return exit.ok
}

/** The whole run. If it changes nothing, it writes nothing. */
export const run = async (run: Run): Promise<Exit> => {
  const { host, line, log } = run
  const wait = waitOf(run)
  const ending = line.block ? abortedBy(run.ended()) : undefined
  const context = contextOf(run, ending)
  const patient = patience(wait, ending)
  const quiet = log.busy('waiting for another cook')
  await patient(() => refuseIfLocked(host)).finally(quiet)
  const wanted = await intend(run, context)
  if (ending === undefined) {
    return fulfil(run, context, wanted, patient)
  }
  const hide = showLogs(wanted.services, host, log)
  return fulfil(run, context, wanted, patient).finally(hide)
}
