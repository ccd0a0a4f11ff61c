import { apply } from '../lib/apply.ts'
import { check } from '../lib/check.ts'
import { driftLine, drifts } from '../lib/drifts.ts'
import { exit, Failure, type Exit } from '../lib/failure.ts'
import { gather } from '../lib/gather.ts'
import { healthOf } from '../lib/health.ts'
import type { Host } from '../lib/host.ts'
import { judgeInstallation, judgeRights } from '../lib/installed.ts'
import { judgeFolders } from '../lib/judge-folders.ts'
import { judgeMount } from '../lib/judge-mount.ts'
import { judgeNetwork, sharesStack } from '../lib/judge-network.ts'
import { judgeOwners } from '../lib/judge-owners.ts'
import { probesOf } from '../lib/listeners.ts'
import { lock, patience, refuseIfLocked } from '../lib/lock.ts'
import type { Log } from '../lib/log.ts'
import { askOutside } from '../lib/outside.ts'
import { plan, type Plan } from '../lib/plan.ts'
import { recall, secretsOf } from '../lib/recall.ts'
import { readRecord } from '../lib/record.ts'
import { newReport, show, type Report } from '../lib/report.ts'
import { showLogs } from '../lib/show-logs.ts'
import { stepName } from '../lib/step.ts'
import { watch } from '../lib/watch.ts'
import { nothingToDo, refuse, tell, type Run } from './world.ts'

/** gather and check: the parameters alone. */
const judge = ({ line, host, environment }: Run) => {
  const report = newReport()
  const gathered = gather(host, environment, line.envFiles, line.flags, report)
  return { report, gathered, ...check(gathered, report) }
}

/**
 * gather, check, recall, plan: the road as far as it changes nothing.
 * @throws {Failure} exit 78 when anything is wrong, all of it in the report,
 *   69 when nothing is wrong but that Synapse is missing
 */
const intend = async (
  run: Run,
  heard: (run: Run, report: Report) => void = tell,
): Promise<Plan> => {
  const { host, now, version } = run
  const isShared = sharesStack(host)
  const { report, gathered, right, params } = judge(run)
  readRecord(host)
  judgeRights(host, report)
  const isOurs = judgeFolders(host, report)
  judgeOwners(host, report)
  judgeMount(host, right, report)
  const missing = judgeInstallation(host, right, report)
  const recalled = isOurs ? await recall(host, right, now(), report) : undefined
  run.log.hide(() => secretsOf(gathered, recalled))
  if (params !== undefined && recalled !== undefined) {
    const probes = recalled.overlays?.probes ?? probesOf(params)
    judgeNetwork(await isShared, probes, report)
  }
  heard(run, report)
  if (report.failed() || params === undefined || recalled === undefined) {
    throw refuse(run)
  }
  if (missing !== undefined) {
    throw missing
  }
  return plan(version, gathered, params, recalled)
}

// What the first pass told is not told twice; but what has become wrong since
// then nobody has heard.
const tellIfFailed = (run: Run, report: Report): void => {
  if (report.failed()) {
    tell(run, report)
  }
}

const confirm = async (
  services: Plan['services'],
  host: Host,
  log: Log,
  ending: AbortSignal | undefined,
): Promise<void> => {
  let failure: Failure | undefined
  for (const step of services) {
    const health = await healthOf(host, step, undefined, ending)
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

/** A failure in spite of which the homeserver works. */
const unlessServing = (error: unknown): Failure => {
  if (error instanceof Failure && error.aside) {
    return error
  }
  throw error
}

const abortedBy = (ended: Promise<void>): AbortSignal => {
  const controller = new AbortController()
  void ended.then(() => controller.abort())
  return controller.signal
}

/** How many seconds another cook is waited for. */
const waitOf = ({ line }: Run): number => {
  const { wait = '0' } = line.own
  if (!/^\d{1,6}$/.test(wait)) {
    const fault = 'is not a number of seconds (0-999999)'
    throw new Failure(exit.usage, `--wait: ${show(wait)} ${fault}`)
  }
  return Number(wait)
}

/** What became of the plan. */
interface Gone {
  plan: Plan
  failure?: Failure
  /** Whether a service was started. */
  started: boolean
}

/**
 * Applies the plan, or confirms that there is nothing to apply.
 * @param patient waits for another cook, as long as was asked for
 */
const go = async (
  run: Run,
  plan: Plan,
  patient: ReturnType<typeof patience>,
  ending: AbortSignal | undefined,
): Promise<Gone> => {
  const { host, line, log, facts } = run
  const starts = line.start && host.live
  const gone: Gone = { plan, started: false }
  const fail = (error: unknown): void => {
    gone.failure = unlessServing(error)
  }
  const isFirst = readRecord(host) === undefined
  if (isFirst || (await drifts(plan, host, starts)).length > 0) {
    const unlock = await patient(() => lock(host))
    try {
      gone.plan = await intend(run, tellIfFailed)
      const applied = await apply(gone.plan, host, log, starts, ending)
      facts['changes'] = applied.map(driftLine)
      gone.started = applied.some(({ step }) => step.kind === 'service')
    } catch (error) {
      fail(error)
    } finally {
      unlock()
    }
  } else {
    facts['changes'] = []
    const services = starts ? plan.services : []
    await confirm(services, host, log, ending).then(
      () => log.info(nothingToDo),
      fail,
    )
  }
  return gone
}

/**
 * What is left of the road when it is known where it leads.
 * @param ending the signal to stop the services and go; without it none stays
 */
const goOn = async (
  run: Run,
  wanted: Plan,
  patient: ReturnType<typeof patience>,
  ending: AbortSignal | undefined,
): Promise<Exit> => {
  const { host, line, log, facts } = run
  const starts = line.start && host.live
  const { plan, failure, started } = await go(run, wanted, patient, ending)
  if (line.own.ask && starts && !started) {
    await askOutside(plan.services, host, ending).tell(log)
  }
  const isWell = starts && failure === undefined && !ending?.aborted
  facts['healthy'] = isWell ? true : undefined
  if (ending !== undefined) {
    await watch(plan.services, host, ending)
    log.info('stopped, as a signal asked for it')
  }
  if (failure !== undefined) {
    throw failure
  }
  return exit.ok
}

/** The whole road. */
export const runApply = async (run: Run): Promise<Exit> => {
  const { host, line, log } = run
  const wait = waitOf(run)
  // From the first moment a signal must find somebody who stops the services.
  const ending = line.block ? abortedBy(run.ended()) : undefined
  const patient = patience(wait, ending)
  const quiet = log.busy('waiting for another cook')
  await patient(() => refuseIfLocked(host)).finally(quiet)
  // A run that changes nothing must write nothing, so it takes no lock. What
  // it finds to do is found again under the lock.
  const wanted = await intend(run)
  if (ending === undefined) {
    return goOn(run, wanted, patient, ending)
  }
  const hide = showLogs(wanted.services, host, log)
  return goOn(run, wanted, patient, ending).finally(hide)
}

/** The road stopped before apply. */
export const runPlan = async (run: Run): Promise<Exit> => {
  const { host, line, log } = run
  const wanted = await intend(run)
  const found = await drifts(wanted, host, line.start && host.live)
  run.facts['changes'] = found.map(driftLine)
  for (const each of found) {
    const { step, reason } = each
    log.item(driftLine(each), { step: stepName(step), reason })
  }
  if (found.length === 0) {
    log.item(nothingToDo, {})
  }
  return found.length === 0 ? exit.ok : exit.changes
}

/** The parameters alone. */
export const runCheck = async (run: Run): Promise<Exit> => {
  const { report, params } = judge(run)
  tell(run, report)
  if (params === undefined) {
    throw refuse(run)
  }
  run.log.item('the parameters are right', {})
  return exit.ok
}
