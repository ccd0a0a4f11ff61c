import { isUtf8 } from 'node:buffer'
import * as fs from 'node:fs'
import { errorCode } from '../contract/failure.ts'
import { unlessMissing, words } from './failure.ts'
import { follow } from './links.ts'
import {
  descriptorOf,
  namedReader,
  readAsChooser,
  readToEnd,
  type Who,
} from './named.ts'

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants

/** A regular file's content, owner and number of hard links. */
export interface Owned {
  content: Buffer
  uid: number
  names: number
}

/** Reads below a root. */
export const reader = (below: (path: string) => string, who: Who) => {
  const open = (path: string): Owned | undefined =>
    unlessMissing(path, () => {
      // O_NONBLOCK: a named pipe in the place of a file must not block cook.
      const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK
      const fd = fs.openSync(below(path), flags)
      try {
        const stat = fs.fstatSync(fd)
        if (!stat.isFile()) {
          throw new Error(words[stat.isDirectory() ? 'EISDIR' : 'ENXIO'])
        }
        const { uid, nlink: names } = stat
        return { content: readToEnd(fd, stat.size), uid, names }
      } finally {
        fs.closeSync(fd)
      }
    })

  const read = (path: string): Buffer | undefined => open(path)?.content

  const text = (path: string): string | undefined => read(path)?.toString()

  /** A file's content; links on its path are resolved inside the jail. */
  const readThrough = (path: string): Buffer | undefined => {
    const at = unlessMissing(path, () => follow(path, below))
    return at === undefined ? undefined : read(at)
  }

  return {
    open,

    /** A regular file's content; anything else is a failure. */
    read,
    text,

    /**
     * The text of a file that will be rewritten, without loss of a byte.
     * @throws {Failure} exit 78 if it is not UTF-8
     */
    exactText: (path: string): string | undefined =>
      unlessMissing(path, () => {
        const content = read(path)
        if (content && !isUtf8(content)) {
          throw new Error('is not UTF-8 text, so cook cannot add to it')
        }
        return content?.toString()
      }),

    /** The text of a claim; undefined if there is none. */
    claimed: (path: string): string | undefined =>
      unlessMissing(path, () => {
        try {
          return fs.readlinkSync(below(path))
        } catch (error) {
          // Not a link: so it is not a claim.
          if (errorCode(error) === 'EINVAL') {
            return ''
          }
          throw error
        }
      }),

    readNamed: namedReader(below, read, who),

    readThrough,

    /** The same as text. */
    textThrough: (path: string): string | undefined =>
      readThrough(path)?.toString(),

    /** The same for a file that the administrator named. */
    throughNamed: (path: string): Buffer | undefined =>
      unlessMissing(path, () =>
        // A root that is not / has no users who could change it meanwhile.
        below(path) === path && fs.existsSync(path)
          ? readAsChooser(path, who)
          : undefined,
      ) ??
      readThrough(path) ??
      unlessMissing(path, () => {
        if (descriptorOf(path) !== undefined) {
          throw new Error(words['ENXIO'])
        }
        return undefined
      }),
  }
}
