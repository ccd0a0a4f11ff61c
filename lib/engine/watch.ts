import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from './context.ts'
import { exit, Failure } from '../contract/failure.ts'
import type { Host } from '../host/host.ts'
import { refuseIfLocked } from '../host/lock.ts'
import type { ServiceStep } from './steps/step.ts'
import { knowing, pidOf } from './running.ts'
import { stop } from './steps/service.ts'
import { unhealthy } from './verify.ts'

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

/** Follows the services: each call returns one that has died, if any. */
const deathOf = (
  services: readonly ServiceStep[],
  host: Host,
  restart: number,
): (() => ServiceStep | undefined) => {
  const begun = performance.now()
  const seen = new Map<ServiceStep, number>()
  const isIts = new Map(services.map(step => [step, knowing(host, step)]))
  return () =>
    services.find(step => {
      const now = performance.now()
      const pid = pidOf(host, step)
      if (isIts.get(step)?.(pid)) {
        seen.set(step, now)
        return false
      }
      // A service that was stopped removed its pid file and may come back;
      // while another cook works, it will.
      const limit = pid === undefined ? restart : 0
      const isGone = now - (seen.get(step) ?? begun) >= limit
      return isGone && !isLocked(host)
    })
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
      const what = `${dead.name} has died`
      const { cause, log } = unhealthy(host, dead, undefined, what)
      throw new Failure(exit.unavailable, cause, { details: log })
    }
    await sleep(interval, undefined, { signal: ending }).catch(() => undefined)
  }
  for (const step of services.filter(step => !step.down).toReversed()) {
    await stop(host, step)
  }
}
