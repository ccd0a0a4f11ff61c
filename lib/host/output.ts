// Standard output and standard error. The streams of Node and Bun block the
// whole process at a terminal that is stopped (Ctrl-S), write less than they
// were given to a file, and do not tell how much waits in them.

import * as fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorCode, exit, type Failure } from '../contract/failure.ts'
import { failure } from './failure.ts'

// In bytes. What waits for a reader beyond this is not worth the memory.
const most = 1024 * 1024

// In milliseconds, for a reader that has made its pipe non-blocking.
const again = 10

/** Writes some bytes in another thread, which may wait for the reader. */
const writeSome = (fd: number, content: Buffer, at: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const length = content.length - at
    fs.write(fd, content, at, length, null, (error, written) => {
      if (error === null) {
        resolve(written)
      } else if (errorCode(error) === 'EAGAIN') {
        setTimeout(resolve, again, 0)
      } else {
        reject(error)
      }
    })
  })

const writeAll = async (fd: number, content: Buffer): Promise<void> => {
  for (let at = 0; at < content.length; ) {
    at += await writeSome(fd, content, at)
  }
}

/** Does one work after another. */
const newQueue = () => {
  let last: Promise<void> = Promise.resolve()
  return {
    add: (work: () => Promise<void>): Promise<void> => (last = last.then(work)),
    done: (): Promise<void> => last,
  }
}

/** Waits for a work, at most so many milliseconds. */
const unlessLate = async (
  work: Promise<void>,
  limit: number,
): Promise<void> => {
  const over = new AbortController()
  const { signal } = over
  const late = sleep(limit, undefined, { signal }).catch(() => undefined)
  await Promise.race([work, late])
  over.abort()
}

/** Prints to a descriptor without waiting for its reader. */
export interface Output {
  write: (text: string) => void
  /** Whether so much waits for the reader that a line should be dropped. */
  isFull: () => boolean
  /** Whether anything waits. */
  isWaiting: () => boolean
  /**
   * Waits until everything is written.
   * @param patience how long, in milliseconds; without it as long as it takes
   * @returns why it could not be; a reader who has left is not a failure
   */
  settled: (patience?: number) => Promise<Failure | undefined>
}

/**
 * An open descriptor as an output.
 * @param name what messages call it
 * @param queue that of another output, to keep the order of both
 */
export const outputTo = (
  fd: number,
  name: string,
  queue = newQueue(),
): Output => {
  let fault: unknown
  let waiting = 0

  const settled = async (patience?: number): Promise<Failure | undefined> => {
    await (patience === undefined
      ? queue.done()
      : unlessLate(queue.done(), patience))
    return fault === undefined || errorCode(fault) === 'EPIPE'
      ? undefined
      : failure(exit.cantCreate, name, fault)
  }

  return {
    write: text => {
      const content = Buffer.from(text)
      waiting += content.length
      void queue.add(async () => {
        try {
          // After a failure the rest would have a gap before it.
          await (fault === undefined ? writeAll(fd, content) : undefined)
        } catch (error) {
          fault = error
        }
        waiting -= content.length
      })
    },
    isFull: () => waiting > most,
    isWaiting: () => waiting > 0,
    settled,
  }
}

const isSame = (a: number, b: number): boolean => {
  try {
    const [one, other] = [fs.fstatSync(a), fs.fstatSync(b)]
    return one.dev === other.dev && one.ino === other.ino
  } catch {
    return false
  }
}

/**
 * The outputs of this process. If both go to the same place, their lines stay
 * in order.
 */
export const standardOutputs = (): { out: Output; err: Output } => {
  const queue = newQueue()
  return {
    out: outputTo(1, 'standard output', queue),
    err: outputTo(2, 'standard error', isSame(1, 2) ? queue : newQueue()),
  }
}
