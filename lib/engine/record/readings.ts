// The notes about what each service has read, and which process that was.

import type { Host } from '../../host/host.ts'
import type { Process } from '../../host/processes/processes.ts'
import { paths } from '../../contract/paths.ts'
import type { FileStep } from '../steps/step.ts'

/** A file as a service reads it, by path: a hash, or what a program is. */
export type Reading = Readonly<Record<string, string>>

/** The process of a service. */
export interface Reader extends Pick<Process, 'pid' | 'start'> {
  /**
   * Which pid file names it. Nobody can set a ctime, so as long as this is the
   * same the kernel need not be asked, which on FreeBSD takes a program.
   */
  pidFile: string
}

/** What is known about one service. */
export interface Known {
  /** Undefined if it was not started yet, or by somebody else. */
  reader?: Reader
  /** What that process has read. */
  read: Reading
  /**
   * The files at the end of the last run. A process that others have started
   * since then has read these, unless they have changed.
   */
  seen: Reading
  /** Where that process began in the log: its size then, and which file. */
  log?: { from: number; ino: number | undefined }
}

/** The same for all services, by name. */
export type Readings = Readonly<Record<string, Known>>

const isReading = (each: unknown): each is Reading =>
  typeof each === 'object' &&
  each !== null &&
  Object.values(each).every(value => typeof value === 'string')

const isReader = (each: unknown): each is Reader => {
  const { pid, start, pidFile } = Object(each)
  return (
    typeof pid === 'number' &&
    typeof start === 'number' &&
    typeof pidFile === 'string'
  )
}

const isLog = (each: unknown): boolean => {
  const { from, ino } = Object(each)
  return typeof from === 'number' && /^(number|undefined)$/.test(typeof ino)
}

const isKnown = (each: unknown): each is Known => {
  const { reader, read, seen, log } = Object(each)
  return (
    isReading(read) &&
    isReading(seen) &&
    (reader === undefined || isReader(reader)) &&
    (log === undefined || isLog(log))
  )
}

/** What the last runs have noted; nothing if that cannot be read. */
export const readReadings = (host: Host): Readings => {
  try {
    const all = Object.entries(JSON.parse(host.text(paths.readings) ?? '{}'))
    return Object.fromEntries(
      all.flatMap(([name, each]) => (isKnown(each) ? [[name, each]] : [])),
    )
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) {
      return {}
    }
    throw error
  }
}

/** The file of the notes, with these. */
export const readingsStep = (readings: Readings): FileStep => ({
  kind: 'file',
  path: paths.readings,
  content: `${JSON.stringify(readings, undefined, 2)}\n`,
  ...{ owner: 'root', group: 'wheel', mode: 0o640 },
})
