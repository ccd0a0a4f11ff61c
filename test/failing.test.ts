// A file that cannot be written: each of the calls with which cook changes the
// file system fails in turn. COOK_PROOF=all lets every call fail in every way.

import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { differences, picture } from './e2e/setting.ts'
import { bundle, cook, cookWith, countCalls, roots } from './faults/faults.ts'

const skip = !existsSync(bundle) && `no ${bundle}: make build makes it`
const all = process.env['COOK_PROOF'] === 'all'
const step = all ? 1 : 4

const words: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left',
  EIO: 'input/output error',
  EROFS: 'read-only file system',
  EACCES: 'permission denied',
}

/** All but the times of folders, in which something came and went. */
const contents = (root: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(picture(root)).map(([path, facts]) => [
      path,
      facts.startsWith('4') ? facts.replace(/ \d+ $/, '') : facts,
    ]),
  )

// Where the lock is, which each run makes anew.
const passing = /^var(\/run)?$/

const isDone = async (
  t: Test,
  root: string,
  args: readonly string[],
  what: string,
): Promise<void> => {
  const record = join(root, 'var/db/cook/last.json')
  const before = statSync(record, { bigint: true }).mtimeNs
  t.equal((await cook(root, args)).code, 0, what)
  t.equal(statSync(record, { bigint: true }).mtimeNs, before, what)
  t.equal((await cook(root, ['plan', ...args])).code, 0, what)
}

const failEverywhere = async (
  t: Test,
  { copyOf, onCopyOf }: ReturnType<typeof roots>,
  from: string,
  args: readonly string[],
): Promise<void> => {
  const count = await countCalls(copyOf(from), args)
  const before = contents(from)
  let points = 0
  for (let at = 1; at <= count; at += step) {
    const codes = Object.keys(words)
    for (const what of all ? codes : [codes[points % codes.length]!]) {
      await onCopyOf(from, async root => {
        const { code, stderr } = await cookWith(root, args, { at, what })
        if (code === 0) {
          // The log could not be written, or what is not needed any more not
          // be removed: all was done, and the next run finds little to do.
          await isDone(t, root, args, `${what} at ${at}: ${stderr}`)
          return
        }
        t.equal(code, 73, `${what} at ${at}: ${stderr}`)
        t.match(stderr, new RegExp(`^error: /[\\w/.-]+: ${words[what]}`, 'm'))
        const changed = differences(before, contents(root))
        t.same(changed.filter(path => !passing.test(path)), [], `${what} ${at}`)
      })
      points++
    }
  }
  t.ok(points > 5)
  t.comment(`${points} of ${count} points`)
}

t.test('a first cook that cannot write changes nothing', { skip }, async t => {
  const all = roots(t)
  await failEverywhere(t, all, all.empty, ['--nossl', 'yes'])
})

t.test('a rerun that cannot write changes nothing', { skip }, async t => {
  const all = roots(t)
  const root = all.copyOf(all.empty)
  t.equal((await cook(root, [])).code, 0)
  const changes = ['--max-upload', '7M', '--ip', '10.192.0.6', '--log-level']
  await failEverywhere(t, all, root, [...changes, 'DEBUG'])
})
