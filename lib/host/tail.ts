import * as fs from 'node:fs'
import { StringDecoder } from 'node:string_decoder'

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants

/** A log that another program writes, read as it grows. */
export interface Tail {
  /** The lines that were completed since the last call. */
  lines: () => string[]
  /** The remaining lines, even if the last one is incomplete. */
  end: () => string[]
}

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
   * treated as missing.
   */
  follow: (path: string): Tail => {
    const real = below(path)
    const decoder = new StringDecoder('utf8')
    const buffer = Buffer.alloc(65536)
    let rest = ''
    let fd = openLog(real)
    let at = fd === undefined ? 0 : fs.fstatSync(fd).size

    const drain = (from: number): void => {
      for (;;) {
        const length = fs.readSync(from, buffer, 0, buffer.length, at)
        if (length === 0) {
          return
        }
        at += length
        rest += decoder.write(buffer.subarray(0, length))
      }
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
      for (;;) {
        fd ??= openLog(real)
        if (fd === undefined) {
          return
        }
        at = fs.fstatSync(fd).size < at ? 0 : at
        drain(fd)
        if (!isRenamed(fd)) {
          return
        }
        // The last line was written before the file was renamed.
        drain(fd)
        leave()
      }
    }

    const lines = (): string[] => {
      unlessFailed(readAll)
      const all = rest.split('\n')
      rest = all.pop() ?? ''
      return all
    }

    return {
      lines,
      end: () => {
        const all = lines()
        const last = rest + decoder.end()
        rest = ''
        leave()
        return last === '' ? all : [...all, last]
      },
    }
  },
})
