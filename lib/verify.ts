import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from './host.ts'
import { probeName, untilHealthy } from './probe.ts'
import type { Probe, ServiceStep } from './step.ts'

/** Why a service is not healthy, with the last lines of its log. */
interface Unhealthy {
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

// A daemon forks before it writes its pid: soon, but not on a host that has all
// its jails to start.
const forking = 10_000

// Nobody has started it now: it is that of a restart at most.
const restarting = 2000

const shownLines = 20

/** The id of a service's process, if its pid file has one. */
export const pidOf = (host: Host, step: ServiceStep): number | undefined => {
  const pid = host.textFrom(step.pidFile, 0).trim()
  return /^[1-9]\d{0,9}$/.test(pid) ? Number(pid) : undefined
}

/** Whether the process that its pid file names lives. */
export const isAlive = (host: Host, step: ServiceStep): boolean => {
  const pid = pidOf(host, step)
  return pid !== undefined && host.alive(pid)
}

type Life = 'unborn' | 'alive' | 'dead'

/** Follows a service's process from now on, by its pid file. */
const lifeOf = (
  host: Host,
  step: ServiceStep,
  start: Start | undefined,
): (() => Life) => {
  const begun = performance.now()
  const patience = start ? forking : restarting
  let born = false
  return () => {
    if (start?.failed) {
      return 'dead'
    }
    // The time first: between the two the file may be written.
    const written = host.look(step.pidFile)?.mtimeMs
    const pid = pidOf(host, step)
    if (pid !== undefined && host.alive(pid)) {
      born = true
      return 'alive'
    }
    // A daemon that ends by itself takes its pid file with it.
    const hasEnded =
      written === undefined
        ? born
        : pid !== undefined && written >= (start?.at ?? 0)
    return hasEnded || performance.now() - begun > patience ? 'dead' : 'unborn'
  }
}

// Twisted's word for a port that cannot be had comes first: what Synapse makes
// of it later says less.
const telltales = [
  /CannotListenError: ./,
  /^[\w.]*(Error|Exception)\b.*: ./,
  /\bsshd\[\d+\]: (error|fatal): ./,
  /^Unable to \w+ .*pidfile\.$/,
]

// What rc says before it starts anything.
const announcement = /^Starting \S+$/

/** The line of a log or of a program's output that says why it failed. */
export const causeIn = (lines: readonly string[]): string | undefined =>
  telltales
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
  // Of a start that nobody has seen, an error further up may be an old one.
  const telling = start === undefined ? log.slice(-shownLines) : log
  const cause =
    causeIn(telling) ??
    causeIn(start?.output ?? []) ??
    (taken ? `${taken} was taken before the start` : undefined) ??
    start?.output.findLast(line => !announcement.test(line))
  return {
    healthy: false,
    cause: cause === undefined ? what : `${what}: ${cause}`,
    log: [...(start?.output ?? []), ...log].slice(-shownLines),
  }
}

/**
 * Waits until each listener of a service answers /health with 200 and its
 * process lives, it has died, or its time is over.
 * @param start what is known of a start just made
 * @param ending gives up waiting
 */
export const verify = async (
  host: Host,
  step: ServiceStep,
  start: Start | undefined,
  ending?: AbortSignal,
): Promise<Health> => {
  const until = performance.now() + step.timeout * 1000
  const life = lifeOf(host, step, start)
  const open = new Map(step.probes.map(probe => [probe, '']))
  const foreign = new Set(start?.taken)
  const done = new AbortController()
  for (const probe of step.probes) {
    const heard = (fault: string) => void open.set(probe, fault)
    void untilHealthy(probe, done.signal, heard).then(
      answered => answered && open.delete(probe),
    )
  }
  const ill = (what: string): Unhealthy => {
    const [probe, fault] = [...open].find(([, each]) => each !== '') ?? []
    const first = probe ? ` (${probeName(probe)}/health: ${fault})` : ''
    const known = start && { ...start, taken: [...foreign] }
    return unhealthy(host, step, known, `${step.name} ${what}${first}`)
  }
  try {
    for (;;) {
      const now = life()
      if (now === 'unborn') {
        // What answers before there is a process is something else, and could
        // answer for a server that cannot bind.
        step.probes.forEach(each => open.has(each) || foreign.add(each))
      }
      if (now === 'alive' && open.size === 0 && foreign.size === 0) {
        return { healthy: true }
      }
      if (now === 'dead') {
        open.clear()
        // Who was stopped has taken its pid file with it.
        const isStopped = !start && pidOf(host, step) === undefined
        return ill(isStopped ? 'is not running' : 'has died')
      }
      if (performance.now() > until || ending?.aborted) {
        const why = ending?.aborted ? 'yet' : `after ${step.timeout} s`
        return ill(`is not healthy ${why}`)
      }
      await sleep(interval)
    }
  } finally {
    done.abort()
  }
}
