import * as fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { unlessMissing } from './failure.ts'
import { follow, within } from './links.ts'

export interface Stat {
  type: 'file' | 'dir' | 'link' | 'other'
  /** Permission bits alone. */
  mode: number
  uid: number
  gid: number
  size: number
  /** The device number of its file system. */
  dev: number
  /** Its number in that file system. */
  ino: number
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
  ino: stat.ino,
  names: stat.nlink,
  mtimeMs: stat.mtimeMs,
  ctimeMs: stat.ctimeMs,
})

// `.homeserver.yaml.0123456789ab.cook`: hidden, and no other program's name.
const suffix = '.cook'
const prefix = (path: string): string => `.${basename(path)}.`

/** The name of a temporary file beside a path, with 12 random hex digits. */
export const temporaryName = (path: string, random: string): string =>
  join(dirname(path), prefix(path) + random + suffix)

const temporary = /^(\..+\.)[0-9a-f]{12}\.cook$/

/**
 * What is below a root, without opening it.
 * @param made the temporary files of this run
 */
export const looker = (
  below: (path: string) => string,
  made: ReadonlySet<string>,
) => {
  const list = (path: string): string[] =>
    unlessMissing(path, () => fs.readdirSync(within(below, path)).sort()) ?? []

  /** All temporary files that interrupted runs left in a directory. */
  const leftoversIn = (path: string): string[] =>
    list(path)
      .filter(name => temporary.test(name))
      .map(name => join(path, name))
      .filter(each => !made.has(each))

  const look = (path: string): Stat | undefined =>
    unlessMissing(path, () => statOf(fs.lstatSync(below(path))))

  return {
    /** What stands at a path; a link is not followed. */
    look,

    /**
     * Everything on the way to a path, / first and what it leads to last:
     * directories, links, and what the links lead through. Undefined if the
     * path leads nowhere.
     */
    way: (path: string): { path: string; stat: Stat }[] | undefined =>
      unlessMissing(path, () => {
        const paths = new Set<string>()
        follow(path, below, true, each => paths.add(each))
        return [...paths].flatMap(each => {
          const stat = look(each)
          return stat === undefined ? [] : [{ path: each, stat }]
        })
      }),

    /** The same for a path whose links are resolved inside the jail. */
    lookThrough: (path: string): Stat | undefined =>
      unlessMissing(path, () =>
        statOf(fs.lstatSync(below(follow(path, below)))),
      ),

    /** The names in a directory, sorted; none if there is no directory. */
    list,

    leftoversIn,

    /** The temporary files that interrupted runs left for a file. */
    leftovers: (path: string): string[] =>
      leftoversIn(dirname(path)).filter(
        each => basename(each).match(temporary)?.[1] === prefix(path),
      ),
  }
}
