import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from '../context.ts'
import { explained } from './diagnosis.ts'
import { exit, Failure } from '../../contract/failure.ts'
import type { Host } from '../../host/host.ts'
import { refuseIfLocked } from '../../host/lock.ts'
import type { ServiceStep } from '../steps/step.ts'
import { knowing, pidOf } from './running.ts'
import { stop } from '../steps/service.ts'
import { unhealthy } from './cause.ts'

/** In milliseconds. */
const usual = {
  /** How often to look at the processes. */
  interval: 1000,
  /** How long a service may be gone while an administrator restarts it. */
  restart: 10_000,
}

const isLocked = (host: Host): boolean => {
  try {
    refuseIfLocked(host)
    return false
  } catch {
    return true
  }
}

/** A process that was alive at the last look. */
interface Seen {
  pid: number
  /** When it was alive. */
  at: number
  /** The size of its log then. */
  size: number
}

const sizeOf = (host: Host, { log }: ServiceStep): number =>
  host.look(log)?.size ?? 0

/**
 * Follows the services: each call returns one that has died, if any, and where
 * in its log its last process began.
 */
const deathOf = (
  services: readonly ServiceStep[],
  host: Host,
  restart: number,
): (() => { step: ServiceStep; logFrom: number } | undefined) => {
  const begun = performance.now()
  const isIts = new Map(services.map(step => [step, knowing(host, step)]))
  // The size of each log when its present process began, or the watch.
  const sizes = new Map(services.map(step => [step, sizeOf(host, step)]))
  const seen = new Map<ServiceStep, Seen>()
  return () => {
    const step = services.find(step => {
      const now = performance.now()
      const pid = pidOf(host, step)
      if (pid !== undefined && isIts.get(step)?.(pid)) {
        const size = sizeOf(host, step)
        const before = seen.get(step)
        if (before !== undefined && before.pid !== pid) {
          sizes.set(step, before.size)
        }
        seen.set(step, { pid, at: now, size })
        return false
      }
      // A service that was stopped removed its pid file and may come back;
      // while another cook works, it will.
      const limit = pid === undefined ? restart : 0
      const isGone = now - (seen.get(step)?.at ?? begun) >= limit
      return isGone && !isLocked(host)
    })
    return step && { step, logFrom: sizes.get(step) ?? 0 }
  }
}

/**
 * Waits for a signal, and then stops the services. This is for a jail whose
 * first process is cook: when cook ends, the jail does.
 * @param ending the signal
 * @throws {Failure} exit 69 if a service dies before
 */
export const watch = async (
  services: readonly ServiceStep[],
  { host }: Pick<Context, 'host'>,
  ending: AbortSignal,
  { interval, restart } = usual,
): Promise<void> => {
  const needed = services.filter(step => !step.aside && !step.down)
  const death = deathOf(needed, host, restart)
  while (!ending.aborted) {
    const dead = death()
    if (dead !== undefined) {
      const { step, logFrom } = dead
      const what = `${step.name} has died`
      const ill = unhealthy(host, step, { logFrom }, what)
      const health = await explained(host, step, ill)
      const { cause, log } = health.healthy ? ill : health
      throw new Failure(exit.unavailable, cause, { details: log })
    }
    await sleep(interval, undefined, { signal: ending }).catch(() => undefined)
  }
  for (const step of services.filter(step => !step.down).toReversed()) {
    await stop(host, step)
  }
}
