// Reading where users other than root can write.

import * as fs from 'node:fs'
import { exit } from '../contract/failure.ts'
import { failure, lackOf } from './failure.ts'
import type { Stat } from './look.ts'
import type { Owned } from './read.ts'

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants

interface Door {
  look: (path: string) => Stat | undefined
  open: (path: string) => Owned | undefined
}

/** @param euid the user who runs cook */
export const foreignReader = (
  below: (path: string) => string,
  euid: number,
  { look, open }: Door,
) => {
  const isOwn = (uid: number): boolean => [0, euid].includes(uid)

  return {
    /**
     * A file in a directory where every user can write; `own`: whether root or
     * the user who runs cook owns it; `alone`: whether it has no other hard
     * link, which on FreeBSD every user can make to a file of root's. Both are
     * those of the open file, since its name may become that of another one.
     * A file of another user is not read.
     */
    readOwned: (
      path: string,
    ): { content: Buffer; own: boolean; alone: boolean } | undefined => {
      const there = look(path)
      if (there !== undefined && !isOwn(there.uid)) {
        return { content: Buffer.alloc(0), own: false, alone: false }
      }
      const found = open(path)
      return (
        found && {
          content: found.content,
          own: isOwn(found.uid),
          alone: found.names === 1,
        }
      )
    },

    /**
     * The text, from a byte on and at most the last 64 KiB, of a file in a
     * directory that root does not own. It is empty if its owner has replaced
     * the file: by something else, or by a hard link to another user's file.
     */
    textFrom: (path: string, from: number): string => {
      try {
        const fd = fs.openSync(below(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        try {
          const stat = fs.fstatSync(fd)
          if (!stat.isFile() || stat.nlink !== 1) {
            return ''
          }
          const { size } = stat
          const start = Math.max(from > size ? 0 : from, size - 65536)
          const buffer = Buffer.alloc(size - start)
          const length = fs.readSync(fd, buffer, 0, buffer.length, start)
          return buffer.subarray(0, length).toString()
        } finally {
          fs.closeSync(fd)
        }
      } catch (error) {
        if (lackOf(error) !== undefined) {
          throw failure(exit.unavailable, path, error)
        }
        return ''
      }
    },
  }
}
