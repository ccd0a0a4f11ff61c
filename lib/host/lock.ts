import { randomBytes } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { exit, Failure } from '../contract/failure.ts'
import type { Host } from './host.ts'
import { paths } from '../contract/paths.ts'

// A lock is a claim with the pid of its holder, a unique number, and the start of
// the holder, because its pid may become that of another process, with another
// start. A claim without a start is not held by anybody. If the holder dies
// without removing its lock, the next process must not just remove it: two could
// do so at once, and the slower would remove the lock of the faster. Instead,
// the lock of a dead holder is inherited: the heir makes a claim whose name
// contains that number, and only one process can make it. The living end of this
// chain holds the lock.

interface Holder {
  pid: number
  number: string
  /** Seconds from the start of the system to that of the process. */
  start: number | undefined
}

const read = (host: Host, path: string): Holder | undefined => {
  const claim = host.claimed(path)
  const [, pid, number, start] =
    claim?.match(/^([1-9]\d*) ([0-9a-f]+)(?: (\d+\.\d\d))?$/) ?? []
  if (claim !== undefined && number === undefined) {
    throw new Failure(exit.config, `${path}: is not a lock of cook`)
  }
  return number === undefined
    ? undefined
    : {
        pid: Number(pid),
        number,
        start: start === undefined ? undefined : Number(start),
      }
}

/** The chain, from the first lock to its living or missing end. */
const chain = (
  host: Host,
  own?: string,
): { links: string[]; end: string; holder: Holder | undefined } => {
  // In a jail that was restarted, pids repeat soon: a lock with the pid of this
  // process that it did not make is that of a dead one.
  const lives = ({ pid, number, start }: Holder): boolean =>
    number === own ||
    (pid !== host.pid && start !== undefined && host.stillRuns({ pid, start }))
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
    `another cook is running (pid ${pid}, ${paths.lock})`,
  )

/** All locks but the first, whether in the chain or not. */
const heirs = (host: Host): string[] => {
  const folder = dirname(paths.lock)
  return host
    .list(folder)
    .filter(name => name.startsWith(`${basename(paths.lock)}.`))
    .map(name => join(folder, name))
}

// While the lock is held, all links outside the chain are leftovers of a
// release that was interrupted. Of the chain, the first link is removed first:
// from then on others can take the lock. A link that cannot be removed is not
// an error: to the next cook it is the lock of a dead process.
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

/** The pid of the cook that works now, if one does. */
export const lockedBy = (host: Host): number | undefined =>
  chain(host).holder?.pid

const startOf = (host: Host): string => {
  const own = host.processOf(host.pid)
  if (own === undefined) {
    const message = 'cook cannot see its own process: is /proc mounted?'
    throw new Failure(exit.unavailable, message)
  }
  return own.start.toFixed(2)
}

/**
 * Takes the lock.
 * @returns a function that releases it
 * @throws {Failure} exit 75 if another cook holds it
 */
export const lock = (host: Host): (() => void) => {
  const number = randomBytes(12).toString('hex')
  const start = startOf(host)
  for (;;) {
    const { links, end, holder } = chain(host)
    if (holder !== undefined) {
      throw held(holder)
    }
    if (host.claim(end, `${host.pid} ${number} ${start}`)) {
      if (chain(host, number).holder?.number === number) {
        return () => release(host, [...links, end])
      }
      // The lock that this one inherited was released in the meantime.
      host.remove(end)
    }
  }
}

/**
 * Makes sure that no other cook is running. Removes the lock of a dead one,
 * since its pid may become that of another program, and the leftovers of an
 * interrupted release.
 * @throws {Failure} exit 75 if one is running
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

/** How often a waiting process tries again, in milliseconds. */
const interval = 50

const isHeld = (error: unknown): boolean =>
  error instanceof Failure && error.exit === exit.tempFail

/**
 * Returns a function that repeats an attempt while another cook holds the lock.
 * @param seconds the limit for all attempts together
 * @param ending ends the waiting
 * @throws {Failure} (the returned function) exit 75 when the limit is reached
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
