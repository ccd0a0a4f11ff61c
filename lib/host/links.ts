import * as fs from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { words } from './failure.ts'

// At least as many as Linux and FreeBSD follow.
const most = 40

const target = (real: string, throwIfNoEntry: boolean): string | undefined =>
  fs.lstatSync(real, { throwIfNoEntry })?.isSymbolicLink()
    ? fs.readlinkSync(real)
    : undefined

/**
 * Resolves all links of a path as inside the root: a link to /etc stays below
 * the root.
 * @param isThere whether the path must exist
 * @param passed gets every path on the way, links included
 * @throws the error of the system if it must and does not
 */
export const follow = (
  path: string,
  below: (path: string) => string,
  isThere = true,
  passed: (path: string) => void = () => undefined,
): string => {
  const rest = path.split('/')
  let at = '/'
  for (let links = 0; rest.length > 0; ) {
    const name = rest.shift() ?? ''
    const next = name === '..' ? dirname(at) : join(at, name)
    const to = name === '..' ? undefined : target(below(next), isThere)
    passed(next)
    if (to === undefined) {
      at = next
      continue
    }
    if (++links > most) {
      throw new Error(words['ELOOP'])
    }
    rest.unshift(...to.split('/'))
    at = to.startsWith('/') ? '/' : at
  }
  return at
}

/**
 * Puts paths below a root. Directories that are links are resolved as inside
 * the root: its owner must not be able to make cook write outside. The last
 * name of a path is not resolved.
 */
export const rooted = (root: string): ((path: string) => string) => {
  const raw = (path: string): string => join(root, path)
  const known = new Map([['', '']])
  // Each directory is resolved once, after its parent.
  const leadOf = (folder: string): string => {
    const before = known.get(folder)
    if (before !== undefined) {
      return before
    }
    const end = folder.lastIndexOf('/')
    const at = leadOf(folder.slice(0, end)) + folder.slice(end)
    const led =
      target(root + at, false) === undefined ? at : follow(at, raw, false)
    known.set(folder, led)
    return led
  }
  return path => {
    // Most paths are normal already, and this runs hundreds of times.
    const clean = /^[^/]|\/[./]/.test(path) ? join('/', path) : path
    const end = clean.lastIndexOf('/')
    return root + leadOf(clean.slice(0, end)) + clean.slice(end)
  }
}

/** The directory that a path names, even if its last name is a link. */
export const within = (below: (path: string) => string, path: string): string =>
  dirname(below(join(path, 'x')))

/** A user who may read only what every user may. */
const nobody = 65534

/** Who besides root decides what a name in a directory stands for. */
const deciderOf = (
  isOwn: (uid: number) => boolean,
  folder: fs.Stats,
  entry: fs.Stats | undefined,
): number | undefined => {
  if (!isOwn(folder.uid)) {
    return folder.uid
  }
  const byGroup = (folder.mode & 0o020) !== 0 && folder.gid !== 0
  if (!byGroup && (folder.mode & 0o002) === 0) {
    return undefined
  }
  const isSticky = (folder.mode & 0o1000) !== 0
  if (!isSticky || entry === undefined) {
    return nobody
  }
  // On FreeBSD every user can make a hard link to a file of root's.
  const isLinked = !entry.isDirectory() && entry.nlink > 1
  return isOwn(entry.uid) ? (isLinked ? nobody : undefined) : entry.uid
}

const statOf = (path: string): fs.Stats | undefined =>
  fs.lstatSync(path, { throwIfNoEntry: false })

/**
 * The uid of the first user who decides what a path of this system leads to;
 * undefined if root alone does. If it is not one user, that of nobody.
 * @param euid the user who runs cook
 * @param isEnd whether the rest of the way is decided already
 */
export const chooserOf = (
  path: string,
  euid: number,
  isEnd: (path: string) => boolean,
): number | undefined => {
  // In a user namespace the owner of / is root, whatever its uid looks like.
  const trusted = [0, euid, fs.statSync('/').uid]
  const isOwn = (uid: number): boolean => trusted.includes(uid)
  let found: number | undefined
  let isOver = isEnd(path)
  const pass = (at: string): void => {
    isOver ||= isEnd(at)
    const folder = isOver || found !== undefined ? undefined : dirname(at)
    const stat = folder === undefined ? undefined : statOf(folder)
    found ??= stat && deciderOf(isOwn, stat, statOf(at))
  }
  try {
    follow(resolve(path), each => each, false, pass)
  } catch {
    // It leads nowhere, which is found again when it is read.
  }
  return found
}
