// Why a service is not healthy, in the words of its log and of its start.

import { placeName } from './health.ts'
import type { Host } from '../../host/host.ts'
import type { Probe } from '../../net/probe.ts'
import { notedLogFrom } from '../record/noting.ts'
import type { Daemon } from '../steps/daemon.ts'

/** Why a service is not healthy, with the last lines of its log. */
export interface Unhealthy {
  healthy: false
  cause: string
  log: string[]
  /** Whether cook lacked a resource for now, and not the service. */
  isLack?: true
  /** Whether other files of cook's could not help. */
  isBeyond?: true
}

/** What was known when the service was started. */
export interface Start {
  /** Whether the start itself failed. */
  failed: boolean
  /** What the start printed; shown if nothing better explains a failure. */
  output: string[]
  /** The size of the service's log then, in bytes. */
  logFrom: number
  /** The mtime of its pid file then, if there was one. */
  before: number | undefined
  /** Where another process listened already. */
  taken: readonly Probe[]
}

const shownLines = 20

// What rc(8) prints before it starts anything.
const announcement = /^Starting \S+$/

// What rc.subr(8) prints after a program that has failed has said why.
const conclusion = /: WARNING: failed /

// In characters. A service's user can write lines for which a pattern takes
// time that grows with the square of their length.
const longestCause = 1000

/**
 * The line of a log, or of the output of a program, that says why it failed.
 */
export const causeIn = (
  lines: readonly string[],
  explains: readonly RegExp[],
): string | undefined =>
  explains
    .map(pattern =>
      lines.findLast(line => pattern.test(line.slice(0, longestCause))),
    )
    .find(line => line !== undefined)
    ?.trim()

const logLines = (text: string): string[] =>
  text.split('\n').filter(line => line.trim() !== '')

/**
 * The lines of a log that the last start of its service has written. An error
 * of an earlier start explains nothing.
 */
export const ofLastStart = (
  lines: readonly string[],
  { begins }: Pick<Daemon, 'begins'>,
): readonly string[] =>
  lines.slice(begins ? lines.findLastIndex(line => begins.test(line)) + 1 : 0)

/** The last line of the output of a start that says something. */
const lastWord = (
  { announces = [] }: Daemon,
  output: readonly string[] = [],
): string | undefined => {
  const says = output.filter(
    line => ![announcement, ...announces].some(each => each.test(line)),
  )
  return says.findLast(line => !conclusion.test(line)) ?? says.at(-1)
}

/**
 * What to report about a service that is not healthy.
 * @param known what is known about its start; without `logFrom` the log shows
 *   where it began
 */
export const unhealthy = (
  host: Host,
  daemon: Daemon,
  known: Partial<Start> | undefined,
  what: string,
): Unhealthy => {
  const { output = [], taken = [] } = known ?? {}
  const logFrom = known?.logFrom ?? notedLogFrom(host, daemon)
  const { explains } = daemon
  const since = logLines(host.textFrom(daemon.log, logFrom ?? 0))
  const telling =
    logFrom === undefined
      ? ofLastStart(since, daemon).slice(-shownLines)
      : since
  // Of a process that ran, what happened before is worth showing too.
  const log = known?.output ? since : logLines(host.textFrom(daemon.log, 0))
  const cause =
    causeIn(telling, explains) ??
    causeIn(output, explains) ??
    (taken.length > 0
      ? `${taken.map(placeName).join(', ')} was in use before the start`
      : undefined) ??
    lastWord(daemon, output)
  return {
    healthy: false,
    cause: cause === undefined ? what : `${what}: ${cause}`,
    log: [...output, ...log].slice(-shownLines),
  }
}
