import { isUtf8 } from 'node:buffer'
import * as fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errorCode } from '../contract/failure.ts'
import { unlessMissing, words } from './failure.ts'
import { follow, within } from './links.ts'
import { largest, namedReader } from './named.ts'

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants

export interface Stat {
  type: 'file' | 'dir' | 'link' | 'other'
  /** Permission bits alone. */
  mode: number
  uid: number
  gid: number
  size: number
  /** The device number of its file system. */
  dev: number
  /** The number of hard links. */
  names: number
  /** The time of the last change of its content; its owner can set it. */
  mtimeMs: number
  /** The time of the last change of anything; nobody can set it. */
  ctimeMs: number
}

const statOf = (stat: fs.Stats): Stat => ({
  type: stat.isFile()
    ? 'file'
    : stat.isDirectory()
      ? 'dir'
      : stat.isSymbolicLink()
        ? 'link'
        : 'other',
  mode: stat.mode & 0o7777,
  uid: stat.uid,
  gid: stat.gid,
  size: stat.size,
  dev: stat.dev,
  names: stat.nlink,
  mtimeMs: stat.mtimeMs,
  ctimeMs: stat.ctimeMs,
})

const names = (text: string | undefined): Map<string, number> =>
  new Map(
    (text ?? '').split('\n').flatMap(line => {
      const [name, , id] = line.split(':')
      return name && /^\d+$/.test(id ?? '') ? [[name, Number(id)]] : []
    }),
  )

// `.homeserver.yaml.0123456789ab.cook`: hidden, and no other program's name.
const suffix = '.cook'
const prefix = (path: string): string => `.${basename(path)}.`

/** The name of a temporary file beside a path, with 12 random hex digits. */
export const temporaryName = (path: string, random: string): string =>
  join(dirname(path), prefix(path) + random + suffix)

const temporary = /^(\..+\.)[0-9a-f]{12}\.cook$/

/** A regular file's content, owner and number of hard links. */
interface Owned {
  content: Buffer
  uid: number
  names: number
}

/**
 * Reads below a root.
 * @param euid the user who runs cook
 * @param made the temporary files of this run
 */
export const reader = (
  below: (path: string) => string,
  euid: number,
  made: ReadonlySet<string>,
) => {
  const look = (path: string): Stat | undefined =>
    unlessMissing(path, () => statOf(fs.lstatSync(below(path))))

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
        if (stat.size > largest) {
          throw new Error('is too large')
        }
        const { uid, nlink: names } = stat
        return { content: fs.readFileSync(fd), uid, names }
      } finally {
        fs.closeSync(fd)
      }
    })

  const read = (path: string): Buffer | undefined => open(path)?.content

  const text = (path: string): string | undefined => read(path)?.toString()

  const list = (path: string): string[] =>
    unlessMissing(path, () => fs.readdirSync(within(below, path)).sort()) ?? []

  /** All temporary files that interrupted runs left in a directory. */
  const leftoversIn = (path: string): string[] =>
    list(path)
      .filter(name => temporary.test(name))
      .map(name => join(path, name))
      .filter(each => !made.has(each))

  return {
    look,
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

    /** The names in a directory, sorted; none if there is no directory. */
    list,

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

    readNamed: namedReader(below, read),

    /** The text of a file; links on its path are resolved inside the jail. */
    textThrough: (path: string): string | undefined => {
      const at = unlessMissing(path, () => follow(path, below))
      return at === undefined ? undefined : text(at)
    },

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
      const isOwn = (uid: number): boolean => [0, euid].includes(uid)
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
      } catch {
        return ''
      }
    },

    /** The uid of a user name, from etc/passwd. */
    uid: (name: string): number | undefined =>
      names(text('/etc/passwd')).get(name),
    /** The gid of a group name, from etc/group. */
    gid: (name: string): number | undefined =>
      names(text('/etc/group')).get(name),

    /** The user name of a uid. */
    userOf: (uid: number): string | undefined =>
      [...names(text('/etc/passwd'))].find(([, each]) => each === uid)?.[0],

    /** The temporary files that interrupted runs left for a file. */
    leftovers: (path: string): string[] =>
      leftoversIn(dirname(path)).filter(
        each => basename(each).match(temporary)?.[1] === prefix(path),
      ),

    leftoversIn,
  }
}
