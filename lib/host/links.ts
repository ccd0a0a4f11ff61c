import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import { words } from './failure.ts'

// As many as Linux and FreeBSD follow, or more.
const most = 40

const target = (real: string, throwIfNoEntry: boolean): string | undefined =>
  fs.lstatSync(real, { throwIfNoEntry })?.isSymbolicLink()
    ? fs.readlinkSync(real)
    : undefined

/**
 * Where a path leads when all its links are followed, as inside the root: a
 * link to /etc stays below it.
 * @param isThere whether the path must lead somewhere
 * @throws what the system says of a path that should and does not
 */
export const follow = (
  path: string,
  below: (path: string) => string,
  isThere = true,
): string => {
  const rest = path.split('/')
  let at = '/'
  for (let links = 0; rest.length > 0; ) {
    const name = rest.shift() ?? ''
    const next = name === '..' ? dirname(at) : join(at, name)
    const to = name === '..' ? undefined : target(below(next), isThere)
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
 * Puts paths below a root. Folders that are links lead where they would inside
 * of it: who owns the root must not have cook write outside. The last name of a
 * path is not followed.
 */
export const rooted = (root: string): ((path: string) => string) => {
  const raw = (path: string): string => join(root, path)
  const known = new Map([['', '']])
  // Each folder is looked at once, after the one that it is in.
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
    // Nearly all are in order already, and this is done hundreds of times.
    const clean = /^[^/]|\/[./]/.test(path) ? join('/', path) : path
    const end = clean.lastIndexOf('/')
    return root + leadOf(clean.slice(0, end)) + clean.slice(end)
  }
}

/** The folder that a path leads to, where that is a link as well. */
export const within = (below: (path: string) => string, path: string): string =>
  dirname(below(join(path, 'x')))
