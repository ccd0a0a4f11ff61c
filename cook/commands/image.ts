import { apply } from '../../lib/engine/apply.ts'
import { driftLine, drifts } from '../../lib/engine/drifts.ts'
import { exit, Failure, type Exit } from '../../lib/contract/failure.ts'
import { judgeRcConf } from '../../lib/engine/judge-rc-conf.ts'
import { judgeRights } from '../../lib/engine/data-set/judge-rights.ts'
import { usersOf } from '../../lib/engine/recall.ts'
import { lock, refuseIfLocked } from '../../lib/host/lock.ts'
import { planImage } from '../../lib/engine/plan.ts'
import { newReport } from '../../lib/contract/report.ts'
import { services } from '../../lib/services/index.ts'
import { contextOf, refuse, tell } from '../road.ts'
import { nothingToDo, type Run } from '../world.ts'

/**
 * What the build of an image runs: everything that needs no parameter and no
 * secret.
 */
export const run = async (run: Run): Promise<Exit> => {
  const { host, line, log, facts } = run
  const report = newReport()
  refuseIfLocked(host)
  judgeRights(host, usersOf(services), report)
  await judgeRcConf(host, report)
  const wanted = planImage(services, line.own.nomad === true, host)
  report.faults.push(...wanted.faults)
  tell(run, report)
  if (report.failed()) {
    throw refuse(run)
  }
  const lacking = services.map(({ lacks }) => lacks?.(host) ?? [])
  const details = (await Promise.all(lacking)).flat()
  if (details.length > 0) {
    const message = 'required packages are not installed'
    throw new Failure(exit.unavailable, message, { details })
  }
  // An image does not contain the time when it was built.
  const context = {
    ...contextOf(run),
    log: { ...log, keep: () => undefined },
    starts: false,
  }
  const found = await drifts(wanted, context)
  facts['changes'] = found.map(driftLine)
  if (found.length === 0) {
    log.info(nothingToDo)
    return exit.ok
  }
  const unlock = lock(host)
  try {
    await apply(wanted, context)
  } finally {
    unlock()
  }
  return exit.ok
}
