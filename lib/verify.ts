import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from './host.ts'
import { healthFault, probeName } from './probe.ts'
import type { Probe, ServiceStep } from './step.ts'

/** Why a service is not healthy, with the last lines of its log. */
export interface Unhealthy {
  healthy: false
  cause: string
  log: string[]
}

/** The truth about a service. */
export type Health = { healthy: true } | Unhealthy

/** What was known when the service was started, or nothing if it was not. */
export interface Start {
  /** Whether the start itself said that it had failed. */
  failed: boolean
  /** What the start printed; shown when nothing better explains a failure. */
  output: string[]
  /** Where the service's log ended then, in bytes. */
  logFrom: number
  /** Milliseconds since the epoch. */
  at: number
  /** Where something else was listening already. */
  taken: readonly Probe[]
}

// Well below the 100 ms within which a healthy server is to be noticed.
const interval = 25

// A daemon forks before it writes its pid.
const forking = 2000

const shownLines = 20

/** The id of a service's process, if its pid file has one. */
export const pidOf = (host: Host, step: ServiceStep): number | undefined => {
  const pid = host.textFrom(step.pidFile, 0).trim()
  return /^[1-9]\d{0,9}$/.test(pid) ? Number(pid) : undefined
}

const hasDied = (host: Host, step: ServiceStep, since: number): boolean => {
  const pid = pidOf(host, step)
  const written = host.look(step.pidFile)?.mtimeMs ?? 0
  const isNew = written >= since
  return pid !== undefined && isNew
    ? !host.alive(pid)
    : Date.now() - since > forking && !(pid !== undefined && host.alive(pid))
}

// Twisted's word for a port that cannot be had comes first: what Synapse makes
// of it later says less.
const telling = [
  /CannotListenError: ./,
  /^[\w.]*(Error|Exception)\b.*: ./,
  /\bsshd\[\d+\]: (error|fatal): ./,
]

/** The line of a log or of a program's output that says why it failed. */
export const causeIn = (lines: readonly string[]): string | undefined =>
  telling
    .map(pattern => lines.findLast(line => pattern.test(line)))
    .find(line => line !== undefined)
    ?.trim()

const logLines = (text: string): string[] =>
  text.split('\n').filter(line => line.trim() !== '')

/** What can be said of a service of which it is known that it is not well. */
export const unhealthy = (
  host: Host,
  step: ServiceStep,
  start: Start | undefined,
  what: string,
): Unhealthy => {
  const log = logLines(host.textFrom(step.log, start?.logFrom ?? 0))
  const taken = start?.taken.map(probeName).join(', ')
  const cause =
    causeIn(log) ??
    causeIn(start?.output ?? []) ??
    (taken ? `${taken} was taken before the start` : undefined) ??
    start?.output.at(-1)
  return {
    healthy: false,
    cause: cause === undefined ? what : `${what}: ${cause}`,
    log: [...(start?.output ?? []), ...log].slice(-shownLines),
  }
}

/**
 * Waits until each listener of a service answers /health with 200, its
 * process has died, or its time is over.
 * @param start what is known of a start just made
 */
export const verify = async (
  host: Host,
  step: ServiceStep,
  start: Start | undefined,
): Promise<Health> => {
  const since = start?.at ?? 0
  const until = Date.now() + step.timeout * 1000
  let open = step.probes
  let fault = ''
  for (;;) {
    const died = start?.failed || hasDied(host, step, since)
    const faults = await Promise.all(open.map(healthFault))
    const first = faults.findIndex(each => each !== undefined)
    fault =
      first < 0 ? '' : `${probeName(open[first]!)}/health: ${faults[first]}`
    // Something else may have answered for a server that could not bind.
    const trusted = !start || start.taken.length === 0
    if (first < 0 && trusted && !died) {
      return { healthy: true }
    }
    if (died) {
      return unhealthy(host, step, start, `${step.name} has died`)
    }
    if (Date.now() > until) {
      const what = `${step.name} is not healthy after ${step.timeout} s`
      return unhealthy(host, step, start, fault ? `${what} (${fault})` : what)
    }
    // One that has answered is not asked again before all have.
    open = open.filter((_, index) => faults[index] !== undefined)
    open = open.length > 0 ? open : step.probes
    await sleep(interval)
  }
}
