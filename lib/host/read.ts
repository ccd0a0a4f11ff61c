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
  /** The file system that it is on. */
  dev: number
  /** How many names it has. */
  names: number
  /** When its content was changed, as who changed it may say. */
  mtimeMs: number
  /** When its content, its owner, its mode or its name was: nobody may say. */
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

// `.homeserver.yaml.0123456789ab.cook`: hidden, and nothing else's name.
const suffix = '.cook'
const prefix = (path: string): string => `.${basename(path)}.`

/** The name of a temporary file beside a path, with 12 random hex digits. */
export const temporaryName = (path: string, random: string): string =>
  join(dirname(path), prefix(path) + random + suffix)

const temporary = /^(\..+\.)[0-9a-f]{12}\.cook$/

/** A regular file's content, whose it is, and how many names it has. */
interface Owned {
  content: Buffer
  uid: number
  names: number
}

/**
 * Reading below a root.
 * @param euid who reads
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
      // NONBLOCK: a named pipe in a file's place must not hang root.
      const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK
      const fd = fs.openSync(below(path), flags)
      try {
        const stat = fs.fstatSync(fd)
        if (!stat.isFile()) {
          throw new Error(stat.isDirectory() ? words['EISDIR'] : 'is no file')
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

  /** What interrupted runs left in a folder, beside whatever file. */
  const leftoversIn = (path: string): string[] =>
    list(path)
      .filter(name => temporary.test(name))
      .map(name => join(path, name))
      .filter(each => !made.has(each))

  return {
    look,
    /** A regular file's content; a link or another thing is a failure. */
    read,
    text,

    /**
     * The text of a file that is to be written anew, every byte of it.
     * @throws {Failure} exit 78 when some would be lost
     */
    exactText: (path: string): string | undefined =>
      unlessMissing(path, () => {
        const content = read(path)
        if (content && !isUtf8(content)) {
          throw new Error('is not UTF-8 text, so cook cannot add to it')
        }
        return content?.toString()
      }),

    /** The names in a folder, sorted; none when there is no folder. */
    list,

    /** The text of a claim; undefined when nobody made it. */
    claimed: (path: string): string | undefined =>
      unlessMissing(path, () => {
        try {
          return fs.readlinkSync(below(path))
        } catch (error) {
          // What is no link holds no claim's text.
          if (errorCode(error) === 'EINVAL') {
            return ''
          }
          throw error
        }
      }),

    readNamed: namedReader(below, read),

    /** The text of a file that may be reached by links: those of the jail. */
    textThrough: (path: string): string | undefined => {
      const at = unlessMissing(path, () => follow(path, below))
      return at === undefined ? undefined : text(at)
    },

    /**
     * A file in a folder that is everybody's, and whether root or who runs
     * cook wrote it: asked of what was read, since its name may have passed
     * to another file in between. Whatever somebody else has put there is not
     * looked into. Whether it is alone tells its number of names: on FreeBSD
     * anybody can give one to a file of root's.
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
     * folder that is not root's. What its owner put there instead of a plain
     * file is no text; with a second name it may be somebody else's file.
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

    /** User name to uid, from etc/passwd. */
    uid: (name: string): number | undefined =>
      names(text('/etc/passwd')).get(name),
    /** Group name to gid, from etc/group. */
    gid: (name: string): number | undefined =>
      names(text('/etc/group')).get(name),

    /** The name of the user who has a uid. */
    userOf: (uid: number): string | undefined =>
      [...names(text('/etc/passwd'))].find(([, each]) => each === uid)?.[0],

    /** What interrupted runs left beside a file. */
    leftovers: (path: string): string[] =>
      leftoversIn(dirname(path)).filter(
        each => basename(each).match(temporary)?.[1] === prefix(path),
      ),

    leftoversIn,
  }
}
