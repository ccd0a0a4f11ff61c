import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
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
