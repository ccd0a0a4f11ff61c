// A clock that is wrong for one program and the files that it writes, by
// libfaketime: the clock of the machine stays.

import {
  existsSync,
  lstatSync,
  lutimesSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

const library = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'

/** Why there is no wrong clock here, or false if there is one. */
export const whyNoClock = (): string | false =>
  !existsSync(library) && `no ${library} (faketime)`

/** Clocks of a machine that has lost its time, or got a wrong one. */
export const wrongClocks = [
  '1970-01-01 00:10:00',
  '1980-01-01 00:00:00',
  '2000-01-01 00:00:00',
  '2038-01-19 03:20:00',
  '2041-05-05 12:00:00',
  '2060-02-29 12:00:00',
  '2107-01-01 00:00:00',
] as const

const day = 86_400_000

/** A time that lies so many days from now, as libfaketime wants it. */
export const daysAway = (days: number): string =>
  new Date(Date.now() + days * day)
    .toISOString()
    .replace('T', ' ')
    .replace(/\..*/, '')

// Only the time of day is wrong: no machine sets the time since its start.
const always = {
  LD_PRELOAD: library,
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
  TZ: 'UTC',
}

/** The environment of a program whose clock begins at a time. */
export const clockAt = (time: string): Record<string, string> => ({
  ...always,
  FAKETIME: `@${time}`,
})

/** The same with a clock that a file says, at each look. */
export const clockBy = (file: string): Record<string, string> => ({
  ...always,
  FAKETIME_TIMESTAMP_FILE: file,
  FAKETIME_NO_CACHE: '1',
})

/** Lets the clock of a file jump, until the returned function stops it. */
export const jumping = (
  file: string,
  times: readonly string[],
): (() => void) => {
  let number = 0
  const jump = (): void => {
    writeFileSync(`${file}.new`, `@${times[number++ % times.length]}\n`)
    renameSync(`${file}.new`, file)
  }
  jump()
  const timer = setInterval(jump, 5)
  return () => clearInterval(timer)
}

/**
 * Gives a time to all files that were changed since a moment, as the kernel
 * would have done with that clock.
 */
export const redate = (root: string, since: number, time: string): void => {
  const at = new Date(`${time.replace(' ', 'T')}Z`)
  const visit = (path: string): void => {
    const stat = lstatSync(path, { throwIfNoEntry: false })
    if (stat?.isDirectory()) {
      readdirSync(path).forEach(name => visit(join(path, name)))
    }
    if (stat && stat.mtimeMs >= since) {
      lutimesSync(path, at, at)
    }
  }
  visit(root)
}
