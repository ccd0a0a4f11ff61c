// The executables, killed at real system calls by strace(1): a hook in Node's
// modules cannot do that.

import t, { type Test } from 'tap'
import type { Kind } from '../e2e/setting.ts'
import { environment, forEach, roots, run } from '../faults/faults.ts'
import { entriesIn, heals } from '../faults/heals.ts'
import { argvFor, cookBy, skipOf } from '../faults/traced.ts'
import { killedAt, type Change } from '../support/strace.ts'
import { spaced, tellFigure } from './size.ts'

const isRoot = process.geteuid?.() === 0
const changes = ['--max-upload=7M', '--ip=10.192.0.6', '--log-level=DEBUG']

/** Calls from one thread and only for cook's own files. */
const pointsOf = (done: readonly Change[]) =>
  done
    .map(({ name }, n) => ({
      name,
      at: done.slice(0, n + 1).filter(each => each.name === name).length,
    }))
    .filter(({ name }) => /^(rename|link|unlink|mkdir|rmdir|chmod)$/.test(name))

const killEverywhere = async (
  t: Test,
  kind: Kind,
  spacing: number,
): Promise<void> => {
  const all = roots(t)
  const cook = (root: string, args: readonly string[]) =>
    run(argvFor(kind, root, args))
  const cooked = all.copyOf(all.empty)
  t.equal((await cook(cooked, [])).code, 0)
  let killed = 0
  const behind = all.copyOf(cooked)
  t.equal((await cook(behind, ['--edge=yes'])).code, 0)
  for (const [from, args] of [
    [all.empty, []],
    [cooked, changes],
    [cooked, ['--edge=yes']],
    [behind, ['--edge=no']],
  ] as const) {
    const before = entriesIn(from)
    const points = pointsOf(cookBy(kind, all.copyOf(from), args))
    t.ok(points.length > 9)
    const some = points.filter((_, n) => n % spacing === 0)
    killed += some.length
    await forEach(some, point =>
      all.onCopyOf(from, async root => {
        const argv = argvFor(kind, root, args)
        const signal = await killedAt(point, argv, environment)
        const what = `${point.name} ${point.at}`
        t.equal(signal, 'SIGKILL', what)
        await heals(t, cook, root, args, before, what)
      }),
    )
  }
  tellFigure(t, `${t.name}: at ${killed} system calls`)
}

for (const [kind, spacing] of [
  ['bun', 4],
  ['pkg', 12],
] as const) {
  const skip = skipOf(kind) || (!isRoot && 'only root can set owners')
  t.test(`killed anywhere, the next run is right (${kind})`, { skip }, t =>
    killEverywhere(t, kind, spaced(spacing)),
  )
}
