// Facts about the project and its paths, for every part of the build.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const root = dirname(import.meta.dirname)
export const dist = join(root, 'dist')
export const cache = join(root, '.cache')

const json = name => JSON.parse(readFileSync(join(root, name), 'utf8'))

/** The project itself, and each package with the version that is installed. */
export const { version, description, license, devDependencies } =
  json('package.json')
export const locked = json('package-lock.json').packages

export const run = (command, args, env = process.env) =>
  execFileSync(command, args, { cwd: root, env, maxBuffer: 2 ** 28 })

export const hash = (kind, bytes, encoding = 'hex') =>
  createHash(kind).update(bytes).digest(encoding)

const sources = [
  'build.mjs',
  'build',
  'cook',
  'flavour',
  'lib',
  'package.json',
  'package-lock.json',
  'templates',
]

const git = (...args) => {
  // Without its own .git, git would use that of a directory above.
  if (!existsSync(join(root, '.git'))) return undefined
  try {
    // A build does not even write git's index.
    const env = { ...process.env, GIT_OPTIONAL_LOCKS: '0' }
    return `${run('git', args, env)}`.trim()
  } catch {
    return undefined
  }
}

/** The commit, with a plus if the working copy differs from it. */
export const commit = () => {
  const head = git('rev-parse', '--short=12', 'HEAD')
  const changed = git('status', '--porcelain', '--', ...sources)
  return head === undefined ? 'unknown' : changed ? `${head}+` : head
}

/**
 * The only time that goes into files, in seconds: SOURCE_DATE_EPOCH as defined
 * by reproducible-builds.org, or the time of the commit.
 */
export const epoch = () => {
  const given = process.env.SOURCE_DATE_EPOCH
  const text = given || git('log', '-1', '--format=%ct') || '0'
  if (!/^\d{1,11}$/.test(text)) {
    throw new Error(`SOURCE_DATE_EPOCH is not a number of seconds: ${text}`)
  }
  return Number(text)
}
