import * as fs from 'node:fs'
import { newLines, type Seen } from './lines.ts'

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants

/** A log that another program writes, read as it grows. */
export interface Tail {
  /** The lines that were completed since the last call. */
  lines: () => Seen
  /** The remaining lines, even if the last one is incomplete. */
  end: () => Seen
}

// In bytes, for one call. Whoever writes a log can write faster than anybody
// reads, and a file with a hole has any size at once.
const most = 16 * 1024 * 1024

const unlessFailed = <T>(work: () => T): T | undefined => {
  try {
    return work()
  } catch {
    return undefined
  }
}

/** Opens a log in a directory that root does not own, if it is a regular file. */
const openLog = (path: string): number | undefined =>
  unlessFailed(() => {
    const fd = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    const stat = fs.fstatSync(fd)
    if (stat.isFile() && stat.nlink === 1) {
      return fd
    }
    fs.closeSync(fd)
    return undefined
  })

/** Follows growing files below a root. */
export const tailer = (below: (path: string) => string) => ({
  /**
   * Follows a log from its present end on. When the log is rotated, it reads
   * the old file to its end and then the new one. A file that cannot be read is
   * treated as missing. A call reads at most 16 MiB; the next one goes on.
   */
  follow: (path: string): Tail => {
    const real = below(path)
    const found = newLines()
    const buffer = Buffer.alloc(65536)
    let fd = openLog(real)
    let at = fd === undefined ? 0 : fs.fstatSync(fd).size
    let left = most

    /** Whether it came to the end of the file. */
    const drain = (from: number): boolean => {
      while (left > 0) {
        const length = fs.readSync(from, buffer, 0, buffer.length, at)
        if (length === 0) {
          return true
        }
        at += length
        left -= length
        found.add(buffer.subarray(0, length))
      }
      return false
    }

    const isRenamed = (from: number): boolean => {
      const now = unlessFailed(() => fs.lstatSync(real))
      const own = fs.fstatSync(from)
      return now !== undefined && (now.ino !== own.ino || now.dev !== own.dev)
    }

    const leave = (): void => {
      fd === undefined || fs.closeSync(fd)
      fd = undefined
      at = 0
    }

    const readAll = (): void => {
      left = most
      for (;;) {
        fd ??= openLog(real)
        if (fd === undefined) {
          return
        }
        at = fs.fstatSync(fd).size < at ? 0 : at
        if (!drain(fd) || !isRenamed(fd)) {
          return
        }
        // The last line was written before the file was renamed.
        if (!drain(fd)) {
          return
        }
        leave()
      }
    }

    /** How many bytes were not read. */
    const unread = (): number =>
      unlessFailed(() =>
        fd === undefined ? 0 : Math.max(0, fs.fstatSync(fd).size - at),
      ) ?? 0

    return {
      lines: () => {
        unlessFailed(readAll)
        return found.take()
      },
      end: () => {
        unlessFailed(readAll)
        const last = { ...found.end(), unread: unread() }
        leave()
        return last
      },
    }
  },
})
