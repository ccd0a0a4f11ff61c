import { exit, type Exit } from '../../lib/contract/failure.ts'
import { lock } from '../../lib/host/lock.ts'
import { stop } from '../../lib/engine/steps/service.ts'
import { startedOf } from '../../lib/engine/health/status.ts'
import { isAlive } from '../../lib/engine/health/running.ts'
import { contextOf } from '../road.ts'
import type { Run } from '../world.ts'

/**
 * Stops the services whose data must not be set back unseen, so that the next
 * start can prove that they were not.
 */
export const run = async (run: Run): Promise<Exit> => {
  const { host, log } = run
  const unlock = lock(host)
  try {
    for (const step of startedOf(contextOf(run)).filter(({ once }) => once)) {
      if (isAlive(host, step)) {
        await stop(host, step)
        log.done(`${step.name} is stopped`)
      } else {
        log.info(`${step.name} is not running`)
      }
    }
  } finally {
    unlock()
  }
  return exit.ok
}
