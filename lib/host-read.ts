import * as fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { unlessMissing, words } from './host-failure.ts'

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants

export interface Stat {
  type: 'file' | 'dir' | 'link' | 'other'
  /** Permission bits alone. */
  mode: number
  uid: number
  gid: number
  size: number
  mtimeMs: number
}

// Larger files are not configuration; root must not fill its memory.
const largest = 16 * 1024 * 1024

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
  mtimeMs: stat.mtimeMs,
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

const isTemporaryOf = (path: string, name: string): boolean =>
  name.startsWith(prefix(path)) &&
  /^[0-9a-f]{12}\.cook$/.test(name.slice(prefix(path).length))

/** Reading below a root; `euid` is who reads. */
export const reader = (below: (path: string) => string, euid: number) => {
  const look = (path: string): Stat | undefined =>
    unlessMissing(path, () => statOf(fs.lstatSync(below(path))))

  const readFile = (shown: string, real: string): Buffer | undefined =>
    unlessMissing(shown, () => {
      // NONBLOCK: a named pipe in a file's place must not hang root.
      const fd = fs.openSync(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      try {
        const stat = fs.fstatSync(fd)
        if (!stat.isFile()) {
          throw new Error(stat.isDirectory() ? words['EISDIR'] : 'is no file')
        }
        if (stat.size > largest) {
          throw new Error('is too large')
        }
        return fs.readFileSync(fd)
      } finally {
        fs.closeSync(fd)
      }
    })

  const read = (path: string): Buffer | undefined =>
    readFile(path, below(path))

  const text = (path: string): string | undefined => read(path)?.toString()

  const list = (path: string): string[] =>
    unlessMissing(path, () => fs.readdirSync(below(path)).sort()) ?? []

  return {
    look,
    /** A regular file's content; a link or another thing is a failure. */
    read,
    text,
    /** The names in a folder, sorted; none when there is no folder. */
    list,

    /** The text of a claim, undefined when nobody made it. */
    claimed: (path: string): string | undefined =>
      unlessMissing(path, () => fs.readlinkSync(below(path))),

    /** A file that the administrator named: below the root, or as named. */
    readNamed: (path: string): Buffer | undefined =>
      (path.startsWith('/') ? readFile(path, below(path)) : undefined) ??
      unlessMissing(path, () => fs.readFileSync(path)),

    /** Whether a file belongs to root or to who runs cook. */
    isOwn: (path: string): boolean =>
      [0, euid].includes(look(path)?.uid ?? 0),

    /**
     * The text, from a byte on and at most the last 64 KiB, of a file in a
     * folder that is not root's. With a second name it may be somebody
     * else's file, and is not read.
     */
    textFrom: (path: string, from: number): string => {
      const content = unlessMissing(path, () => {
        const fd = fs.openSync(below(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        try {
          const { size, nlink } = fs.fstatSync(fd)
          if (nlink !== 1) {
            return undefined
          }
          const start = Math.max(from > size ? 0 : from, size - 65536)
          const buffer = Buffer.alloc(size - start)
          const length = fs.readSync(fd, buffer, 0, buffer.length, start)
          return buffer.subarray(0, length)
        } finally {
          fs.closeSync(fd)
        }
      })
      return content?.toString() ?? ''
    },

    /** User name to uid, from etc/passwd. */
    uid: (name: string): number | undefined => names(text('/etc/passwd')).get(name),
    /** Group name to gid, from etc/group. */
    gid: (name: string): number | undefined => names(text('/etc/group')).get(name),

    /** The name of the user who has a uid. */
    userOf: (uid: number): string | undefined =>
      [...names(text('/etc/passwd'))].find(([, each]) => each === uid)?.[0],

    /** The names of what an interrupted run left beside a file. */
    leftovers: (path: string): string[] =>
      list(dirname(path))
        .filter(name => isTemporaryOf(path, name))
        .map(name => join(dirname(path), name)),
  }
}
