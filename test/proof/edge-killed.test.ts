// The edge is set up and taken back, and cook is killed just before each call
// that changes the file system.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  callsOf,
  cook,
  cookAgain,
  forEach,
  roots,
  some,
  whyNotFaulty,
} from '../faults/faults.ts'
import { entriesIn, heals, isTemporary } from '../faults/heals.ts'
import { spaced, tellFigure } from './size.ts'

const skip = whyNotFaulty()
const on = ['--edge', 'yes']
const off = ['--edge', 'no']

/** What the edge needs in the jail, and nobody else does. */
const ofEdge = /^usr\/local\/etc\/caddy\/.*\.\w+$|^var\/db\/matrix-synapse-sock/

/** What is left of the edge. */
const leftIn = (root: string): string[] => {
  const files = [...entriesIn(root).keys()].filter(path => ofEdge.test(path))
  const settings = ['etc/rc.conf', 'etc/sysctl.conf'].flatMap(path =>
    readFileSync(join(root, path), 'utf8')
      .split('\n')
      .filter(line => /caddy|reservedhigh/.test(line)),
  )
  return [...files, ...settings]
}

/** A root without the edge, and one with it. */
const both = async (t: Test) => {
  const all = roots(t)
  const without = all.copyOf(all.empty)
  await callsOf(without, [])
  const behind = all.copyOf(without)
  await callsOf(behind, on)
  return { all, without, behind }
}

let killed = 0

/** Kills a run everywhere, and looks at what the next run makes of it. */
const killEverywhere = async (
  t: Test,
  { onCopyOf, copyOf }: ReturnType<typeof roots>,
  from: string,
  args: readonly string[],
  spacing: number,
  next: (root: string, point: string) => Promise<void>,
): Promise<void> => {
  const points = some(spaced(spacing), await callsOf(copyOf(from), args))
  t.ok(points.length > 5)
  await forEach(points, at =>
    onCopyOf(from, async root => {
      const ended = await cook(root, args, { at, what: 'SIGKILL' })
      t.equal(ended.signal, 'SIGKILL')
      await next(root, `${at}, ${ended.calls.at(-1)}`)
    }),
  )
  killed += points.length
}

t.test(
  'set up and killed, it is there after the next run',
  { skip },
  async t => {
    const { all, without, behind } = await both(t)
    const before = entriesIn(without)
    const wanted = leftIn(behind)
    t.ok(wanted.length > 8)
    await killEverywhere(t, all, without, on, 3, async (root, point) => {
      await heals(t, cookAgain, root, on, before, point)
      t.same(leftIn(root), wanted, point)
    })
  },
)

t.test('taken back and killed, nothing of it is left', { skip }, async t => {
  const { all, behind } = await both(t)
  const before = entriesIn(behind)
  await killEverywhere(t, all, behind, off, 3, async (root, point) => {
    await heals(t, cookAgain, root, off, before, point)
    t.same(leftIn(root), [], point)
  })
})

t.test('set up, killed and given up, nothing is left', { skip }, async t => {
  const { all, without } = await both(t)
  await killEverywhere(t, all, without, on, 4, async (root, point) => {
    const { code, stderr } = await cookAgain(root, off)
    t.equal(code, 0, `${point}: ${stderr}`)
    t.same(leftIn(root), [], point)
    t.same([...entriesIn(root).keys()].filter(isTemporary), [], point)
    t.equal((await cookAgain(root, ['plan', ...off])).code, 0, point)
  })
})

t.test('the figures', { skip }, async t => {
  t.ok(killed > 20)
  tellFigure(t, `the edge was set up and taken back with ${killed} kills`)
})
