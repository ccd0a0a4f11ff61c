// The system calls of a program that change files below a directory, by
// strace(1), and so for any executable.

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A system call that succeeded and changes the file system. */
export interface Change {
  /** Its name without the variant: rename for renameat2. */
  name: string
  /** The path that it changes; of two, the one that appears. */
  path: string
  /** The other path. */
  from: string | undefined
  /** All arguments, as strace prints them. */
  args: string
}

const names = [
  'open',
  'openat',
  'creat',
  'write',
  'pwrite64',
  'writev',
  'rename',
  'renameat',
  'renameat2',
  'link',
  'linkat',
  'symlink',
  'symlinkat',
  'unlink',
  'unlinkat',
  'mkdir',
  'mkdirat',
  'rmdir',
  'chmod',
  'fchmod',
  'fchmodat',
  'fchmodat2',
  'chown',
  'fchown',
  'fchownat',
  'lchown',
  'fsync',
  'fdatasync',
  'utimensat',
  'truncate',
  'ftruncate',
  'fallocate',
  'copy_file_range',
  'sendfile',
  'mknod',
  'mknodat',
]

/** Why a program cannot be traced here, or false if it can. */
export const whyNoTrace = (): string | false => {
  const { status, error, stderr } = spawnSync('strace', ['-f', 'true'])
  return status === 0 ? false : `no strace: ${error?.message ?? stderr}`
}

// A call during which another thread makes one is split into two lines.
const whole = (text: string): string[] => {
  const begun = new Map<string, string>()
  return text.split('\n').flatMap(line => {
    const [, pid = '', rest = ''] = line.match(/^(\d+) +(.*)$/) ?? []
    const [, head] = rest.match(/^(.*) <unfinished \.\.\.>$/) ?? []
    const [, tail] = rest.match(/^<\.\.\. \w+ resumed>(.*)$/) ?? []
    if (head !== undefined) {
      begun.set(pid, head)
      return []
    }
    return [tail === undefined ? rest : `${begun.get(pid)}${tail}`]
  })
}

const parse = (line: string): Change | undefined => {
  const [, call = '', args = '', result = ''] =
    line.match(/^(\w+)\((.*)\) += (\S+)/) ?? []
  if (call === '' || result === '-1' || result === '?') {
    return undefined
  }
  const name = call
    .replace(/^f?(chmod|chown)(at2?)?$/, '$1')
    .replace(/^(open|rename|link|symlink|unlink|mkdir|mknod)(at2?)$/, '$1')
  const writes = /O_(WRONLY|RDWR|CREAT|TRUNC)/.test(args)
  if (name === 'open' && !writes) {
    return undefined
  }
  const quoted = [...args.matchAll(/"([^"]*)"/g)].map(([, path]) => path)
  const [, file] = args.match(/^\d+<([^>]*)>/) ?? []
  const path = file ?? quoted.at(-1) ?? ''
  return { name, path, from: quoted.at(-2), args }
}

/**
 * Runs a program and returns its changes below a directory, in order.
 * @throws {Error} if it does not exit 0
 */
export const changesOf = (
  folder: string,
  argv: readonly string[],
  env: Record<string, string>,
): Change[] => {
  const dir = mkdtempSync(join(tmpdir(), 'cook-strace-'))
  const file = join(dir, 'trace')
  // Skips calls that this strace, or this processor, does not have.
  const calls = names.map(name => `?${name}`).join()
  const trace = ['-f', '-y', '-s', '4096', '-e', `trace=${calls}`]
  const { status, stderr } = spawnSync(
    'strace',
    [...trace, '-o', file, '--', ...argv],
    { env, encoding: 'utf8' },
  )
  const text = readFileSync(file, 'utf8')
  rmSync(dir, { recursive: true })
  if (status !== 0) {
    throw new Error(`${argv[0]} ended with ${status}: ${stderr}`)
  }
  return whole(text)
    .flatMap(line => parse(line) ?? [])
    .filter(({ path }) => path.startsWith(folder))
}

/** The number of a call among those with its name, from 1. */
export interface Point {
  name: string
  at: number
}

/** Runs a program that is killed when it makes a call. */
export const killedAt = (
  { name, at }: Point,
  argv: readonly string[],
  env: Record<string, string>,
): Promise<string | null> =>
  new Promise((resolve, reject) => {
    const calls = `/^f?${name}(at2?)?$`
    const inject = `inject=${calls}:signal=SIGKILL:when=${at}`
    const options = ['-f', '-o', '/dev/null', '-e', `trace=${calls}`]
    const child = spawn('strace', [...options, '-e', inject, '--', ...argv], {
      env,
      stdio: 'ignore',
    })
    child.once('error', reject)
    // strace ends by the same signal as its program.
    child.once('close', (_, signal) => resolve(signal))
  })
