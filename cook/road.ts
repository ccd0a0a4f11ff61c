import { apply } from '../lib/apply.ts'
import { check } from '../lib/check.ts'
import { driftLine, drifts } from '../lib/drifts.ts'
import { exit, Failure, type Exit } from '../lib/failure.ts'
import { gather } from '../lib/gather.ts'
import type { Host } from '../lib/host.ts'
import { judgeInstallation, judgeRights } from '../lib/installed.ts'
import { judgeNetwork, sharesStack } from '../lib/judge-network.ts'
import { probesOf } from '../lib/listeners.ts'
import { lock, refuseIfLocked } from '../lib/lock.ts'
import { plan, type Plan } from '../lib/plan.ts'
import { recall } from '../lib/recall.ts'
import { readRecord } from '../lib/record.ts'
import { newReport, type Report } from '../lib/report.ts'
import { stepName } from '../lib/step.ts'
import { verify } from '../lib/verify.ts'
import { watch } from '../lib/watch.ts'
import { refuse, tell, type Run } from './world.ts'

/** gather and check: the parameters alone. */
const judge = ({ line, host, environment }: Run) => {
  const report = newReport()
  const gathered = gather(host, environment, line.envFiles, line.flags, report)
  return { report, gathered, ...check(gathered, report) }
}

/**
 * gather, check, recall, plan: the road as far as it changes nothing.
 * @throws {Failure} exit 78 when anything is wrong, all of it in the report
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
  judgeInstallation(host, right, report)
  const recalled = await recall(host, right, now(), report)
  if (params !== undefined && recalled !== undefined) {
    const probes = recalled.overlays?.probes ?? probesOf(params)
    judgeNetwork(await isShared, probes, report)
  }
  heard(run, report)
  if (report.failed() || params === undefined || recalled === undefined) {
    throw refuse(run)
  }
  return plan(version, gathered, params, recalled)
}

const nothingToDo = 'nothing to do: everything is as it should be'

const confirm = async ({ services }: Plan, host: Host): Promise<void> => {
  for (const step of services) {
    const health = await verify(host, step, undefined)
    if (!health.healthy) {
      const details = health.log
      throw new Failure(exit.unavailable, health.cause, { details })
    }
  }
}

/** The whole road. */
export const runApply = async (run: Run): Promise<Exit> => {
  const { host, line, log } = run
  const starts = line.start && host.live
  // From the first moment a signal must find somebody who stops the services.
  const ended = line.block ? run.ended() : undefined
  refuseIfLocked(host)
  // A run that changes nothing must write nothing, so it takes no lock. What
  // it finds to do is found again under the lock.
  let wanted = await intend(run)
  const isFirst = readRecord(host) === undefined
  if (isFirst || (await drifts(wanted, host, starts)).length > 0) {
    const unlock = lock(host)
    try {
      wanted = await intend(run, () => undefined)
      const applied = await apply(wanted, host, log, starts)
      run.facts['changes'] = applied.map(driftLine)
    } finally {
      unlock()
    }
  } else {
    await confirm(starts ? wanted : { ...wanted, services: [] }, host)
    run.facts['changes'] = []
    log.info(nothingToDo)
  }
  run.facts['healthy'] = starts ? true : undefined
  if (ended !== undefined) {
    await watch(wanted.services, host, ended)
  }
  return exit.ok
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
