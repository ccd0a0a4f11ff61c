// A file that cannot be written: each call that changes the file system fails
// in turn, and each write also in its middle.

import { statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { differences, picture } from '../e2e/setting.ts'
import {
  callsOf,
  cook,
  cookAgain,
  forEach,
  roots,
  some,
  whyNotFaulty,
  type Call,
} from '../faults/faults.ts'
import { percent, sized, spaced, tellFigure } from './size.ts'

const skip = whyNotFaulty()

const words: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left',
  EIO: 'input/output error',
  EROFS: 'read-only file system',
  EACCES: 'permission denied',
}

/** Everything except the times of directories with temporary files. */
const contents = (root: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(picture(root)).map(([path, facts]) => [
      path,
      facts.startsWith('4') ? facts.replace(/ \d+ $/, '') : facts,
    ]),
  )

// The directory of the lock, which each run creates.
const passing = /^var(\/run)?$/

/** Everything was done except for the removal of leftovers. */
const isDone = async (
  t: Test,
  root: string,
  args: readonly string[],
  what: string,
): Promise<void> => {
  const record = join(root, 'var/db/cook/last.json')
  const before = statSync(record, { bigint: true }).mtimeNs
  t.equal((await cookAgain(root, args)).code, 0, what)
  t.equal(statSync(record, { bigint: true }).mtimeNs, before, what)
  t.equal((await cookAgain(root, ['plan', ...args])).code, 0, what)
  const left = Object.keys(picture(root)).filter(path =>
    /\.cook$|cook\.lock/.test(path),
  )
  t.same(left, [], `left after ${what}`)
}

/** The path in cook's message. */
const named = (root: string, [name, real]: Call): string => {
  const path = real.slice(root.length) || '/'
  // A file that cannot be removed has its own name in the message, a file that
  // cannot be written its final name.
  return path === '/var/run' || path === '/var/log'
    ? `${path}/cook.${path === '/var/log' ? 'log' : 'lock'}`
    : name === 'rmSync'
      ? path
      : path.replace(/\/\.([^/]+)\.[0-9a-f]{12}\.cook$/, '/$1')
}

const isLock = (path: string): boolean => path.startsWith('/var/run')

let failed = 0

const failEverywhere = async (
  t: Test,
  { copyOf, onCopyOf }: ReturnType<typeof roots>,
  from: string,
  args: readonly string[],
  spacing: number,
): Promise<void> => {
  const calls = await callsOf(copyOf(from), args)
  const before = contents(from)
  const points = some(spaced(spacing), calls)
  const codes = Object.keys(words)
  await forEach(points, async at => {
    for (const what of percent >= 100 ? codes : [codes[at % codes.length]!]) {
      await onCopyOf(from, async root => {
        const ended = await cook(root, args, { at, what })
        const { code, stderr } = ended
        const call = ended.calls.at(-1) ?? ['', '']
        const [name, path] = [call[0], named(root, call)]
        const point = `${what} at ${at}, ${name} ${path}: ${stderr}`
        const fault = `${path}: ${words[what]}`
        if (code === 0) {
          // The log could not be written, or what is no longer needed not
          // be removed.
          t.ok(name === 'rmSync' || path.startsWith('/var/log'), point)
          t.ok(isLock(path) || stderr.includes(`warning: ${fault}\n`), point)
          await isDone(t, root, args, point)
          return
        }
        t.equal(code, 73, point)
        const end = isLock(path) ? '' : ': nothing was changed'
        t.ok(stderr.includes(`error: ${fault}${end}\n`), point)
        const changed = differences(before, contents(root))
        t.same(
          changed.filter(each => !passing.test(each)),
          [],
          point,
        )
      })
    }
  })
  t.ok(points.length > 5)
  failed += points.length * (percent >= 100 ? codes.length : 1)
  t.comment(`failed at ${points.length} of ${calls.length} points`)
}

t.test('a first run that cannot write changes nothing', { skip }, async t => {
  const all = roots(t)
  await failEverywhere(t, all, all.empty, ['--no-ssl', 'yes'], 7)
})

t.test('a rerun that cannot write changes nothing', { skip }, async t => {
  const all = roots(t)
  const root = all.copyOf(all.empty)
  await callsOf(root, [])
  const changes = ['--max-upload', '7M', '--ip', '10.192.0.6', '--log-level']
  await failEverywhere(t, all, root, [...changes, 'DEBUG'], 5)
})

t.test('many calls were tried', { skip }, async t => {
  t.ok(failed >= sized(30, 300))
  tellFigure(t, `${failed} failing calls, and each message named the path`)
})
