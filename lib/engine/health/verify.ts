import { setTimeout as sleep } from 'node:timers/promises'
import { absent } from '../../net/greeting.ts'
import { unhealthy, type Start, type Unhealthy } from './cause.ts'
import { checkName, keepersOf, placesOf, untilWell } from './health.ts'
import type { Host } from '../../host/host.ts'
import { knowing, pidOf, strangerOf } from './running.ts'
import type { HealthCheck } from '../steps/daemon.ts'
import type { ServiceStep } from '../steps/step.ts'

/** The state of a service. */
export type Health = { healthy: true } | Unhealthy

// Well below the 100 ms within which a healthy server should be noticed.
const interval = 25

// cook has not started it now, so its pid file is missing only in a restart.
const restarting = 2000

// In milliseconds. On a busy host the first answer may take longer than the
// time that a service has.
const firstAnswer = 5000

type Life = 'unborn' | 'alive' | 'dead'

/** Follows a service's process from now on, by its pid file. */
const lifeOf = (
  host: Host,
  step: ServiceStep,
  start: Start | undefined,
): (() => Life) => {
  const begun = performance.now()
  const patience = start ? step.forking * 1000 : restarting
  const isIts = knowing(host, step)
  let born = false
  return () => {
    if (start?.failed) {
      return 'dead'
    }
    // The time is read first, because the file may be written between the two.
    // A pid file from before the start says nothing, whoever has that pid now.
    const written = host.look(step.pidFile)?.mtimeMs
    const isOld = written !== undefined && written === start?.before
    const pid = isOld ? undefined : pidOf(host, step)
    if (isIts(pid)) {
      born = true
      return 'alive'
    }
    // A daemon that ends by itself removes its pid file.
    const hasEnded = written === undefined ? born : pid !== undefined
    return hasEnded || performance.now() - begun > patience ? 'dead' : 'unborn'
  }
}

/** The checks of a service; some may depend on the running system. */
export const checksOf = async (
  host: Host,
  step: ServiceStep,
): Promise<readonly HealthCheck[]> => [
  ...step.checks,
  ...((await step.listening?.(host)) ?? []),
]

/** The results of all checks so far. */
const hearing = (checks: readonly HealthCheck[]) => {
  const wells = new Set<HealthCheck>()
  const faults = new Map<HealthCheck, string>()
  return {
    well: (check: HealthCheck): void => void wells.add(check),
    fault: (check: HealthCheck, fault: string): void =>
      void faults.set(check, fault),
    /** The checks that have not succeeded, with the last fault of each. */
    open: (): [HealthCheck, string | undefined][] => {
      const open = checks
        .filter(check => !wells.has(check))
        .map((check): [HealthCheck, string | undefined] => [
          check,
          faults.get(check),
        ])
      // A service that listens on all addresses may lack those of one family,
      // if the host does. It is healthy if it answers on another address.
      const rest = open.filter(([, fault]) => fault !== absent)
      return wells.size > 0 ? rest : open
    },
  }
}

/**
 * Waits until all checks of a service succeed and its process is alive, or it
 * has died, or its time is over.
 * @param start what is known about a start just made
 * @param ending ends the waiting
 */
export const verify = async (
  host: Host,
  step: ServiceStep,
  start: Start | undefined,
  ending?: AbortSignal,
): Promise<Health> => {
  if (step.down) {
    return { healthy: true }
  }
  const until = performance.now() + step.timeout * 1000
  const life = lifeOf(host, step, start)
  const checks = await checksOf(host, step)
  const keepers = keepersOf(step, host)
  const heard = hearing(checks)
  const foreign = new Set(start?.taken)
  const done = new AbortController()
  for (const check of checks) {
    const hear = (fault: string) => heard.fault(check, fault)
    void untilWell(check, keepers, done.signal, hear).then(
      answered => answered && heard.well(check),
    )
  }
  const ill = (what: string): Unhealthy => {
    const known = start && { ...start, taken: [...foreign] }
    return unhealthy(host, step, known, `${step.name} ${what}`)
  }
  const firstFault = (): string => {
    const [check, fault] = heard.open().find(([, each]) => each) ?? []
    return check ? ` (${checkName(check)}: ${fault})` : ''
  }
  try {
    for (;;) {
      const now = life()
      const open = heard.open()
      if (now === 'unborn' && !step.pidLast) {
        // What answers before there is a process is another program. It could
        // answer in place of a server that cannot bind.
        const isOpen = new Set(open.map(([check]) => check))
        placesOf(checks.filter(check => !isOpen.has(check))).forEach(at =>
          foreign.add(at),
        )
      }
      if (now === 'alive' && open.length === 0 && foreign.size === 0) {
        return { healthy: true }
      }
      if (now === 'dead') {
        const stranger = strangerOf(host, step)
        if (stranger !== undefined) {
          return ill(`is not running: ${stranger}`)
        }
        // A process that was stopped has removed its pid file.
        const isStopped = !start && pidOf(host, step) === undefined
        return ill(isStopped ? 'is not running' : 'has died')
      }
      const late = performance.now() - until
      const isHeard = open.every(([, fault]) => fault !== undefined)
      if ((late > 0 && isHeard) || late > firstAnswer || ending?.aborted) {
        const why = ending?.aborted ? 'yet' : `after ${step.timeout} s`
        return ill(`is not healthy ${why}${firstFault()}`)
      }
      await sleep(interval)
    }
  } finally {
    done.abort()
  }
}
