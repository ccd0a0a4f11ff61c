// Files that the administrator names, on the command line or in a parameter.

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { resolve } from 'node:path'
import { errorCode } from '../contract/failure.ts'
import { accountsIn } from './accounts.ts'
import { unlessMissing, words } from './failure.ts'
import { chooserOf } from './links.ts'
import { readAs } from './processes/read-as.ts'

/**
 * In bytes. Larger files are not configuration, and would only fill the memory.
 */
export const largest = 16 * 1024 * 1024

// In seconds. A pipe may have no writer, or one that does not end.
const patience = 10

/**
 * Reads a file to its end, which may move away meanwhile, or never come.
 * @param expected its size
 */
export const readToEnd = (fd: number, expected: number): Buffer => {
  if (expected > largest) {
    throw new Error('is too large')
  }
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

/** The descriptor of this process that a path stands for: fd(4). */
export const descriptorOf = (path: string): number | undefined => {
  const [, fd] = path.match(/^\/(?:dev|proc\/self)\/fd\/(\d{1,6})$/) ?? []
  return path === '/dev/stdin' ? 0 : fd === undefined ? undefined : Number(fd)
}

const readRegular = (path: string): Buffer => {
  const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
  try {
    return readToEnd(fd, fs.fstatSync(fd).size)
  } finally {
    fs.closeSync(fd)
  }
}

/**
 * Reads a pipe or a device in another process, since neither open(2) nor
 * read(2) of a pipe has a time limit.
 */
const readStream = (path: string, search: string): Buffer => {
  const fd = descriptorOf(path)
  const argv = fd === undefined ? ['cat', '--', path] : ['cat']
  const limited = ['--foreground', `${patience}`, ...argv]
  const { status, error, stdout } = spawnSync('timeout', limited, {
    env: { PATH: search },
    stdio: [fd ?? 0, 'pipe', 'ignore'],
    maxBuffer: largest,
  })
  if (errorCode(error) === 'ENOBUFS') {
    throw new Error('is too large')
  }
  if (error !== undefined) {
    // Here it is not the file that is missing.
    const isMissing = errorCode(error) === 'ENOENT'
    throw isMissing ? new Error('cannot be read without timeout(1)') : error
  }
  // That of timeout(1).
  if (status === 124) {
    throw new Error(`does not end within ${patience} s`)
  }
  if (status !== 0) {
    throw new Error('cannot be read')
  }
  return stdout
}

/** Who reads: the user who runs cook, and the search path for programs. */
export interface Who {
  euid: number
  search: string
}

const isDescriptor = (path: string): boolean => descriptorOf(path) !== undefined

/**
 * Reads a file as the user who decides what its path leads to: in a directory
 * of a user root must not read what that user may not. Undefined if root alone
 * decides.
 */
export const readAsChooser = (
  path: string,
  { euid, search }: Who,
): Buffer | undefined => {
  const uid = euid === 0 ? chooserOf(path, euid, isDescriptor) : undefined
  if (uid === undefined) {
    return undefined
  }
  const user = accountsIn(each => fs.readFileSync(each, 'utf8')).userOf(uid)
  if (user === undefined) {
    throw new Error(`is in a directory of uid ${uid}, which is no user`)
  }
  return readAs(user, resolve(path), search, { patience, largest })
}

const readOutside = (path: string, who: Who): Buffer => {
  const stat = fs.statSync(path)
  const isUnreadable = stat.isSocket() && descriptorOf(path) === undefined
  if (stat.isDirectory() || isUnreadable) {
    throw new Error(words[stat.isDirectory() ? 'EISDIR' : 'ENXIO'])
  }
  fs.accessSync(path, fs.constants.R_OK)
  return (
    readAsChooser(path, who) ??
    (stat.isFile() ? readRegular(path) : readStream(path, who.search))
  )
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
    who: Who,
  ) =>
  (path: string): Buffer | undefined =>
    (path.startsWith('/') && below(path) !== path ? read(path) : undefined) ??
    unlessMissing(path, () => readOutside(path, who))

/** Remembers what a reader returns for a path, or throws. */
const once = <T>(read: (path: string) => T): ((path: string) => T) => {
  const known = new Map<string | number, () => T>()
  const result = (path: string): (() => T) => {
    try {
      const found = read(path)
      return () => found
    } catch (error) {
      return () => {
        throw error
      }
    }
  }
  return path => {
    const key = descriptorOf(path) ?? path
    const found = known.get(key) ?? result(path)
    known.set(key, found)
    return found()
  }
}

/** What of a host reads files that the administrator named. */
interface Named {
  readNamed: (path: string) => Buffer | undefined
  throughNamed: (path: string) => Buffer | undefined
}

/**
 * A host that reads each file which the administrator named only once: a run
 * gathers twice, and a pipe has nothing a second time.
 */
export const readingOnce = <T extends Named>(host: T): T => ({
  ...host,
  readNamed: once(host.readNamed),
  throughNamed: once(host.throughNamed),
})
