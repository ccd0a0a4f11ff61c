import { apply } from '../lib/apply.ts'
import { driftLine, drifts } from '../lib/drifts.ts'
import { exit, type Exit } from '../lib/failure.ts'
import { judgeRights, lackOfImage } from '../lib/installed.ts'
import { lock, refuseIfLocked } from '../lib/lock.ts'
import { planImage } from '../lib/plan.ts'
import { newReport } from '../lib/report.ts'
import { nothingToDo, refuse, tell, type Run } from './world.ts'

/**
 * The stage of building an image: all that needs no parameter, and no secret.
 */
export const runImage = async (run: Run): Promise<Exit> => {
  const { host, line, log, facts } = run
  const report = newReport()
  refuseIfLocked(host)
  judgeRights(host, report)
  tell(run, report)
  if (report.failed()) {
    throw refuse(run)
  }
  const lack = lackOfImage(host)
  if (lack !== undefined) {
    throw lack
  }
  const wanted = planImage(line.own.nomad === true)
  const found = await drifts(wanted, host, false)
  facts['changes'] = found.map(driftLine)
  if (found.length === 0) {
    log.info(nothingToDo)
    return exit.ok
  }
  const unlock = lock(host)
  try {
    // An image says nothing of when it was made.
    await apply(wanted, host, { ...log, keep: () => undefined }, false)
  } finally {
    unlock()
  }
  return exit.ok
}
