import { randomBytes } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { exit, Failure } from '../contract/failure.ts'
import type { Host } from './host.ts'
import { paths } from '../contract/paths.ts'

// A lock is a claim with its holder's pid and a number that never comes again.
// When the holder has died without removing it, the next one may not simply
// remove it: two could do so at once, and the slower would remove the lock of
// the faster. So a dead holder's lock is inherited: its heir is who makes the
// claim that is named for that number, and only one can make it. The living
// end of this chain holds the lock.

interface Holder {
  pid: number
  number: string
}

const read = (host: Host, path: string): Holder | undefined => {
  const claim = host.claimed(path)
  const [, pid, number] = claim?.match(/^([1-9]\d*) ([0-9a-f]+)$/) ?? []
  if (claim !== undefined && number === undefined) {
    throw new Failure(exit.config, `${path}: is not a lock of cook's`)
  }
  return number === undefined ? undefined : { pid: Number(pid), number }
}

/** The paths of the chain, from the first lock to its living or missing end. */
const chain = (
  host: Host,
  own?: string,
): { links: string[]; end: string; holder: Holder | undefined } => {
  // In a jail that has just started pids come again soon: a lock with this
  // process's pid that it did not write is a dead one's.
  const lives = ({ pid, number }: Holder): boolean =>
    number === own || (pid !== host.pid && host.alive(pid))
  const links: string[] = []
  for (let end: string = paths.lock; ; ) {
    const holder = read(host, end)
    if (holder === undefined || lives(holder)) {
      return { links, end, holder }
    }
    links.push(end)
    end = `${paths.lock}.${holder.number}`
  }
}

const held = ({ pid }: Holder): Failure =>
  new Failure(
    exit.tempFail,
    `another cook is at work (pid ${pid}, ${paths.lock})`,
  )

/** All links but the first, of the chain or not. */
const heirs = (host: Host): string[] => {
  const folder = dirname(paths.lock)
  return host
    .list(folder)
    .filter(name => name.startsWith(`${basename(paths.lock)}.`))
    .map(name => join(folder, name))
}

// As long as the lock is held, all other links are remains of a release that
// was interrupted. Then the first link goes first: from then on others begin.
// What cannot be removed is a dead one's lock for the next cook, and so no
// reason for this one to fail.
const release = (host: Host, links: readonly string[]): void => {
  try {
    heirs(host)
      .filter(path => !links.includes(path))
      .forEach(host.remove)
    links.forEach(host.remove)
  } catch (error) {
    if (!(error instanceof Failure)) {
      throw error
    }
  }
}

/**
 * Takes the lock.
 * @returns what gives it back
 * @throws {Failure} exit 75 when another cook has it
 */
export const lock = (host: Host): (() => void) => {
  const number = randomBytes(12).toString('hex')
  for (;;) {
    const { links, end, holder } = chain(host)
    if (holder !== undefined) {
      throw held(holder)
    }
    if (host.claim(end, `${host.pid} ${number}`)) {
      if (chain(host, number).holder?.number === number) {
        return () => release(host, [...links, end])
      }
      // What this one inherited from was given back in the meantime.
      host.remove(end)
    }
  }
}

/**
 * Makes sure that no cook is at work just now. The lock of one that has died
 * is removed, since its pid may come to be another program's, and so is what
 * one left that died while it gave the lock back.
 * @throws {Failure} exit 75 when one is
 */
export const refuseIfLocked = (host: Host): void => {
  const { holder, links } = chain(host)
  if (holder !== undefined) {
    throw held(holder)
  }
  if (links.length > 0 || heirs(host).length > 0) {
    lock(host)()
  }
}

/** How often somebody who waits looks again, in milliseconds. */
const interval = 50

const isHeld = (error: unknown): boolean =>
  error instanceof Failure && error.exit === exit.tempFail

/**
 * Lets something be tried that another cook's lock may refuse, until it does
 * not.
 * @param seconds how long, all attempts together
 * @param ending ends the waiting
 * @returns what tries
 * @throws {Failure} exit 75 when the time is over
 */
export const patience = (seconds: number, ending?: AbortSignal) => {
  const until = performance.now() + seconds * 1000
  return async <T>(attempt: () => T): Promise<T> => {
    for (;;) {
      try {
        return attempt()
      } catch (error) {
        const isOver = performance.now() >= until || ending?.aborted
        if (!isHeld(error) || isOver) {
          throw error
        }
      }
      const options = ending && { signal: ending }
      await sleep(interval, undefined, options).catch(() => undefined)
    }
  }
}
