import { exit, type Exit } from '../../lib/contract/failure.ts'
import { newReport } from '../../lib/contract/report.ts'
import { checked, refuse, tell } from '../road.ts'
import type { Run } from '../world.ts'

/** The parameters alone. */
export const run = async (run: Run): Promise<Exit> => {
  const report = newReport()
  const { params } = checked(run, report)
  tell(run, report)
  if (params === undefined) {
    throw refuse(run)
  }
  run.log.item('the parameters are valid', {})
  return exit.ok
}
