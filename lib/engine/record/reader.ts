// What the process of a service has read. Files are compared by their content,
// and a program by its identity, not by their times: the owner of a file can set
// its time, and a clock can be set.

import type { Host } from '../../host/host.ts'
import type { ServiceStep } from '../steps/step.ts'
import { pidOf } from '../health/running.ts'
import { hashOf } from './made.ts'
import {
  readReadings,
  type Known,
  type Reader,
  type Reading,
  type Readings,
} from './readings.ts'

const missing = 'missing'

/** What a process has read, if nobody knows. */
export const unknown = 'unknown'

const contentOf = (host: Host, path: string): string => {
  const type = host.look(path)?.type
  return type === 'file' ? hashOf(host.read(path) ?? '') : (type ?? missing)
}

// A package that is installed again has other files, whatever their times are.
const identityOf = (host: Host, path: string): string => {
  const stat = host.look(path)
  const { size, mtimeMs, ino } =
    (stat?.type === 'link' ? host.lookThrough(path) : stat) ?? {}
  return ino === undefined ? missing : `${size} ${mtimeMs} ${ino}`
}

/**
 * What the service would read now.
 * @param staged the content of a file that is about to be replaced
 */
export const readingOf = (
  host: Host,
  { reads, programs }: ServiceStep,
  staged: (path: string) => string | undefined = () => undefined,
): Reading =>
  Object.fromEntries([
    ...reads.map(path => {
      const next = staged(path)
      return [path, next === undefined ? contentOf(host, path) : hashOf(next)]
    }),
    ...(programs?.(host) ?? []).map(path => [path, identityOf(host, path)]),
  ])

/** Which pid file is there. */
const pidFileOf = (host: Host, { pidFile }: ServiceStep): string => {
  const { ino, ctimeMs } = host.look(pidFile) ?? {}
  return `${ino} ${ctimeMs}`
}

/** The process that runs now, as it is noted. */
export const readerOf = (host: Host, step: ServiceStep): Reader | undefined => {
  const pidFile = pidFileOf(host, step)
  const pid = pidOf(host, step)
  const start = pid === undefined ? undefined : host.processOf(pid)?.start
  return pid === undefined || start === undefined
    ? undefined
    : { pid, start, pidFile }
}

/** Whether the noted process is the one that runs now. */
export const isSame = (
  host: Host,
  step: ServiceStep,
  reader: Reader | undefined,
): boolean =>
  reader !== undefined &&
  reader.pid === pidOf(host, step) &&
  (reader.pidFile === pidFileOf(host, step) || host.stillRuns(reader))

// In milliseconds: the kernel tells the start of a process by whole seconds.
const blur = 2000

/**
 * Since when the process has existed, by the present clock and by that of its
 * start, whichever is earlier. Only if a file is older than both, the process
 * has surely read it: the clock may have been set in between.
 */
const beginOf = (host: Host, step: ServiceStep): number => {
  const start = readerOf(host, step)?.start
  const boot = host.bootTime()
  return start === undefined || boot === undefined
    ? 0
    : Math.min((boot + start) * 1000, host.look(step.pidFile)?.ctimeMs ?? 0) -
        blur
}

/**
 * What the running process has read, as far as it can be known.
 * @param now what it would read now
 */
export const readBy = (
  host: Host,
  step: ServiceStep,
  known: Known | undefined,
  now: Reading,
): Reading => {
  const isReader = isSame(host, step, known?.reader)
  const then = (isReader ? known?.read : known?.seen) ?? {}
  let began: number | undefined
  const isOlder = (path: string): boolean => {
    began ??= beginOf(host, step)
    return (host.lookThrough(path)?.ctimeMs ?? Infinity) < began
  }
  return Object.fromEntries(
    Object.entries(now).map(([path, is]) => {
      const was = is === missing ? missing : then[path]
      const isSure = was === is || (isReader && was !== undefined)
      return [path, !isSure && isOlder(path) ? is : (was ?? unknown)]
    }),
  )
}

/**
 * The files that the running process of a service has not read.
 * @param now what it would read now
 */
export const unreadBy = (
  host: Host,
  step: ServiceStep,
  now = readingOf(host, step),
): string[] => {
  const read = readBy(host, step, readReadings(host)[step.name], now)
  return Object.keys(now).filter(path => read[path] !== now[path])
}

const isSeen = (known: Known | undefined, now: Reading): boolean =>
  known !== undefined &&
  Object.entries(now).every(([path, is]) => known.seen[path] === is)

/**
 * Whether the notes say what these services would read now.
 * @param now what each of them would read
 */
export const areNoted = (
  host: Host,
  now: ReadonlyMap<ServiceStep, Reading>,
): boolean => {
  const readings = readReadings(host)
  return [...now].every(
    ([{ name, down }, reading]) => down || isSeen(readings[name], reading),
  )
}

/**
 * The notes at the end of a run, or before it touches a service.
 * @param staged the content of a file that is about to be replaced
 */
export const nextReadings = (
  host: Host,
  services: readonly ServiceStep[],
  staged?: (path: string) => string | undefined,
): Readings => {
  // Of a service that this run does not touch, the notes stay.
  const before = readReadings(host)
  const next = services
    .filter(({ down }) => down === undefined)
    .map(step => {
      const known = before[step.name]
      const seen = readingOf(host, step, staged)
      return [
        step.name,
        isSeen(known, seen) && known ? known : noted(host, step, known, seen),
      ] as const
    })
  return { ...before, ...Object.fromEntries(next) }
}

// Below a root there is no process, and what is known of one stays.
const noted = (
  host: Host,
  step: ServiceStep,
  known: Known | undefined,
  seen: Reading,
): Known => {
  const isReader = !host.live || isSame(host, step, known?.reader)
  const reader = isReader ? known?.reader : readerOf(host, step)
  const read =
    isReader || reader === undefined
      ? (known?.read ?? {})
      : readBy(host, step, known, readingOf(host, step))
  const log = isReader && known?.log ? { log: known.log } : {}
  return { ...(reader === undefined ? {} : { reader }), read, seen, ...log }
}
