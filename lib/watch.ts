import { setTimeout as sleep } from 'node:timers/promises'
import { exit, Failure } from './failure.ts'
import type { Host } from './host.ts'
import type { ServiceStep } from './step.ts'
import { stop } from './steps/service.ts'
import { pidOf, unhealthy } from './verify.ts'

// How often the processes are looked at, in milliseconds.
const interval = 1000

const isDead = (host: Host, step: ServiceStep): boolean => {
  const pid = pidOf(host, step)
  return pid === undefined || !host.alive(pid)
}

/**
 * Stays until a signal comes, and stops the services then. This is for a
 * jail whose first process is cook: when cook ends, the jail does.
 * @param ended settles when the signal comes
 * @throws {Failure} exit 69 when a service dies before
 */
export const watch = async (
  services: readonly ServiceStep[],
  host: Host,
  ended: Promise<void>,
): Promise<void> => {
  const waking = new AbortController()
  void ended.then(() => waking.abort())
  const { signal } = waking
  while (!signal.aborted) {
    await sleep(interval, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) {
      break
    }
    const dead = services.find(step => !step.aside && isDead(host, step))
    if (dead !== undefined) {
      const what = `${dead.name} has died`
      const { cause, log } = unhealthy(host, dead, undefined, what)
      throw new Failure(exit.unavailable, cause, { details: log })
    }
  }
  for (const step of services.filter(step => !step.down).toReversed()) {
    await stop(host, step)
  }
}
