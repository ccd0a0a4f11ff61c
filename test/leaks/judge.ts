// Checks that no secret is where it should not be, after all runs.

import type { Test } from 'tap'
import { paths } from '../../lib/contract/paths.ts'
import { ownFolder, type Place } from './jail.ts'
import { seeker } from './needles.ts'
import { holders, type Holder } from './secrets.ts'
import { entriesIn, hidden, type Entry } from './watcher.ts'

const ids = { root: 0, synapse: 991 }

const holderOf = ({ path }: Entry): Holder | undefined =>
  holders.find(each =>
    typeof each.path === 'string' ? each.path === path : each.path.test(path),
  )

/** The errors of a file with secrets. */
const wrongWith = (entry: Entry, found: readonly string[]): string[] => {
  const holder = holderOf(entry)
  if (holder === undefined) {
    return [`${entry.path} holds ${found.join(', ')}`]
  }
  const { owner, group, mode } = entry.facts
  const is = [owner, group, mode.toString(8)].join()
  const { owner: whose, group: whom, mode: how, holds } = holder
  const wanted = [ids[whose], ids[whom], how.toString(8)].join()
  const more = found.filter(name => !holds.includes(name))
  return [
    ...(more.length > 0 ? [`${entry.path} holds ${more.join(', ')} too`] : []),
    ...(is === wanted ? [] : [`${entry.path} has ${is}, not ${wanted}`]),
    ...(entry.isOpen ? [`${entry.path} can be read by others`] : []),
  ]
}

/** Searches all started programs and all files. */
export const judge = async (t: Test, { setting, watch, secrets }: Place) => {
  const { jail } = setting
  const all = secrets()
  const seek = seeker(all)
  const { execs, seen } = watch.started()

  await t.test('no secret is given to a program except cook', async t => {
    t.ok(execs.length > watch.runs(), `${execs.length} programs`)
    t.same(
      seen.flatMap(text => (seek(text).length > 0 ? [text] : [])),
      [],
    )
    t.ok(watch.lines().some(line => line.includes('synapse.app.homeserver')))
    t.same(watch.lines().flatMap(seek), [], 'what ps(1) shows')
    t.ok(watch.environments().length > 0)
    t.same(watch.environments().flatMap(seek), [], 'what lives on has none')
  })

  const leave = ['/proc', '/dev', hidden, ownFolder]
  const entries = entriesIn(jail.root, leave)
  await t.test('no secret is in a file that is not meant for it', async t => {
    const found = entries.map(entry => ({ entry, names: seek(entry.text) }))
    const holding = found.filter(({ names }) => names.length > 0)
    t.same(
      holding.flatMap(({ entry, names }) => wrongWith(entry, names)),
      [],
    )
    // And each secret was found, except in the file that was removed when
    // ADMINPASS was given.
    const lacking = holders.filter(
      each => !holding.some(({ entry }) => holderOf(entry) === each),
    )
    t.same(
      lacking.map(({ path }) => path),
      [paths.adminPassword],
    )
    t.ok(entries.some(({ path }) => path === '/var/log/cook.log'))
    t.same(
      entries.flatMap(({ path }) => seek(path)),
      [],
      'nor in a name',
    )
  })
  return { execs: execs.length, files: entries.length, secrets: all.length }
}
