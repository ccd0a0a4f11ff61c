import type { Host } from '../../host/host.ts'
import { paths } from '../../contract/paths.ts'
import type { Space } from '../../host/space.ts'
import type { Report } from '../../contract/report.ts'

// Where Synapse and cook write. Each may be a file system of its own.
const places = [
  paths.data,
  paths.databaseDir,
  paths.mediaDir,
  '/var/log',
  '/var/db',
  '/var/run',
  '/tmp',
]

const MiB = 1024 ** 2
const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** A number of bytes in words: `0 KiB`, `1.5 GiB`. */
export const size = (bytes: number): string => {
  const exact = Math.floor(Math.log2(Math.max(bytes, 1024)) / 10)
  const power = Math.min(exact, units.length)
  const number = bytes / 1024 ** power
  const digits = number < 10 && power > 1 ? 1 : 0
  return `${number.toFixed(digits)} ${units[power - 1]}`
}

/** A file system that has too little space, or almost. */
export interface Shortage {
  path: string
  isFull: boolean
  lacks: 'space' | 'inodes' | 'writing'
  message: string
}

// A database needs some pages for a transaction, and a message is one.
const least = MiB

// In a small file system a share counts, in a large one a number.
const isLow = (free: number, total: number, enough: number): boolean =>
  free < total / 20 && free < enough

const advice = 'remove files, or give it more space (a quota of ZFS counts)'

/** What a file system lacks, or undefined. */
export const shortageOf = (
  path: string,
  { free, total, inodes, isReadOnly }: Space,
): Shortage | undefined => {
  const short = (
    isFull: boolean,
    lacks: Shortage['lacks'],
    what: string,
  ): Shortage => ({
    ...{ path, isFull, lacks },
    message: `is ${isFull ? '' : 'almost '}full: ${what}: ${advice}`,
  })
  const bytes = `${size(free)} of ${size(total)} are free`
  const nodes = `${inodes?.free} of ${inodes?.total} inodes are free`
  if (isReadOnly) {
    const message = 'is mounted read-only, so nothing can be stored: remount it'
    return { path, isFull: true, lacks: 'writing', message }
  }
  // Without blocks a file system has no figures: procfs(5), for one.
  return total > 0 && free < Math.min(least, total)
    ? short(true, 'space', bytes)
    : inodes?.free === 0
      ? short(true, 'inodes', nodes)
      : isLow(free, total, 1024 * MiB)
        ? short(false, 'space', bytes)
        : inodes && isLow(inodes.free, inodes.total, 10_000)
          ? short(false, 'inodes', nodes)
          : undefined
}

/** The file systems of the running system that are full, or almost. */
export const shortages = (host: Host): Shortage[] => {
  const seen = new Set<number | undefined>([undefined])
  return (host.live ? places : []).flatMap(path => {
    const dev = host.look(path)?.dev
    const space = seen.has(dev) ? undefined : host.space(path)
    seen.add(dev)
    return (space && shortageOf(path, space)) ?? []
  })
}

/** Warns of file systems that are almost full. */
export const judgeSpace = (host: Host, report: Report): void =>
  shortages(host)
    .filter(({ isFull }) => !isFull)
    .forEach(({ path, message }) => report.warning(path, undefined, message))

/** What to report of file systems in which nothing can be stored. */
export const fullFaults = (host: Host): string[] =>
  shortages(host)
    .filter(({ isFull }) => isFull)
    .map(({ path, message }) => `${path}: ${message}`)
