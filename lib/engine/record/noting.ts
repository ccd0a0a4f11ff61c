// The notes after a service has read its files, and what they say of its log.

import type { Host } from '../../host/host.ts'
import type { ServiceStep } from '../steps/step.ts'
import { pidOf } from '../health/running.ts'
import { isSame, readBy, readerOf, readingOf, unknown } from './reader.ts'
import { readReadings, type Reading, type Readings } from './readings.ts'

/** The notes after a start of a service that has read these files. */
export const withStart = (
  host: Host,
  step: ServiceStep,
  read: Reading,
  logFrom: number,
): Readings => {
  const reader = readerOf(host, step)
  return {
    ...readReadings(host),
    [step.name]: {
      ...(reader === undefined ? {} : { reader }),
      ...{ read, seen: read },
      log: { from: logFrom, ino: host.look(step.log)?.ino },
    },
  }
}

/**
 * The notes about a process that reads some files again.
 * @param again what it has read of them; of a path that is missing here it is
 *   not known, so that the next run does not rely on it
 */
export const withReload = (
  host: Host,
  step: ServiceStep,
  of: readonly string[],
  again: Reading = {},
): Readings => {
  const before = readReadings(host)
  const known = before[step.name]
  const reader = readerOf(host, step)
  const now = readingOf(host, step)
  const read = {
    ...readBy(host, step, known, now),
    ...Object.fromEntries(of.map(path => [path, again[path] ?? unknown])),
  }
  // A reload does not change where its log begins.
  const log = isSame(host, step, known?.reader) && known?.log
  return {
    ...before,
    [step.name]: {
      ...(reader === undefined ? {} : { reader }),
      ...{ read, seen: { ...now, ...again } },
      ...(log ? { log } : {}),
    },
  }
}

/**
 * Where the last process of a service began in its log, in bytes; undefined if
 * others have started another one since.
 */
export const notedLogFrom = (
  host: Host,
  step: Pick<ServiceStep, 'name' | 'pidFile' | 'log'>,
): number | undefined => {
  const { reader, log } = readReadings(host)[step.name] ?? {}
  const pid = pidOf(host, step)
  const isIts = pid === undefined || pid === reader?.pid
  return log === undefined || !isIts
    ? undefined
    : host.look(step.log)?.ino === log.ino
      ? log.from
      : 0
}
