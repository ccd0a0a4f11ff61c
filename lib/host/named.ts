import * as fs from 'node:fs'
import { unlessMissing } from './failure.ts'

/**
 * In bytes. Larger files are not configuration, and would only fill the memory.
 */
export const largest = 16 * 1024 * 1024

/**
 * Reads a file to its end, which may move away meanwhile, or never come.
 * @param expected its size, if that is known
 */
export const readToEnd = (fd: number, expected = 65536): Buffer => {
  const chunks: Buffer[] = []
  for (let size = 0; ; ) {
    const left = Math.max(expected - size, 4096)
    const chunk = Buffer.allocUnsafe(left)
    const length = fs.readSync(fd, chunk, 0, left, null)
    if (length === 0) {
      return Buffer.concat(chunks)
    }
    size += length
    if (size > largest) {
      throw new Error('is too large')
    }
    chunks.push(chunk.subarray(0, length))
  }
}

/**
 * Reads a file that the administrator named: below the root if it exists there,
 * or else outside, where it may be a link or a pipe. No link leads out of the
 * root.
 * @param read reads a regular file below the root
 */
export const namedReader =
  (
    below: (path: string) => string,
    read: (path: string) => Buffer | undefined,
  ) =>
  (path: string): Buffer | undefined =>
    (path.startsWith('/') && below(path) !== path ? read(path) : undefined) ??
    unlessMissing(path, () => {
      const fd = fs.openSync(path, 'r')
      try {
        return readToEnd(fd)
      } finally {
        fs.closeSync(fd)
      }
    })
