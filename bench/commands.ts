// Runs of cook that start nothing: on a jail's files, below --root.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { environment, type Kind } from '../test/e2e/setting.ts'
import { findSynapse } from '../test/jail/synapse.ts'
import { commandOf } from './executables.ts'
import { byTurns, repeat, type Limit } from './rounds.ts'
import { newFolder, removeFolder } from './scratch.ts'

/** Milliseconds, one value for each round. */
export interface Times {
  floor: number[]
  rerun: number[]
  change: number[]
  first: number[]
  firstTls: number[]
}

const skeleton = fileURLToPath(new URL('../test/jail/root', import.meta.url))

/** The files of an empty jail, as cook looks at them. */
const newRoot = (): string => {
  const root = newFolder()
  const { python, version } = findSynapse()
  const packages = join(root, 'usr/local/lib', python, 'site-packages')
  const installed = join(packages, `matrix_synapse-${version}.dist-info`)
  cpSync(skeleton, root, { recursive: true })
  mkdirSync(installed, { recursive: true })
  mkdirSync(join(root, 'mnt'))
  return root
}

/**
 * How many milliseconds a run takes, from before its start to after its end.
 * @throws {Error} when it does not end with 0
 */
export const timeRun = (
  [file, ...before]: readonly [string, ...string[]],
  args: readonly string[],
  env: Record<string, string>,
): number => {
  const begun = performance.now()
  const { status, error, stderr } = spawnSync(file, [...before, ...args], {
    env,
    encoding: 'utf8',
  })
  const time = performance.now() - begun
  if (status !== 0) {
    throw new Error(`${file} ${args.join(' ')}: ${error ?? stderr}`)
  }
  return time
}

const plain = environment({ NOSSL: 'yes' })
const changed = { ...plain, MAXUPLOAD: '100M' }
const withTls = environment()

/** Measures one round of a kind of cook; `cooked` is where it reruns. */
const measure = (kind: Kind, cooked: string, to: Times): void => {
  const cook = (root: string, env: Record<string, string>): number =>
    timeRun(commandOf(kind), ['--root', root, '--no-start'], env)
  const [root, tlsRoot] = [newRoot(), newRoot()]
  // The last round left it changed.
  cook(cooked, plain)
  to.floor.push(timeRun(commandOf(kind), ['--version'], plain))
  to.rerun.push(cook(cooked, plain))
  to.change.push(cook(cooked, changed))
  to.first.push(cook(root, plain))
  to.firstTls.push(cook(tlsRoot, withTls))
  removeFolder(root)
  removeFolder(tlsRoot)
}

/** Runs each kind by turns, so that all have the same machine. */
export const measureCommands = async (
  kinds: readonly Kind[],
  limit: Limit,
): Promise<Record<Kind, Times>> => {
  const empty = (): Times =>
    ({ floor: [], rerun: [], change: [], first: [], firstTls: [] })
  const times = { pkg: empty(), bun: empty(), bundle: empty() }
  const roots = kinds.map(kind => [kind, newRoot()] as const)
  await repeat(limit, number =>
    byTurns(roots, number).forEach(([kind, root]) =>
      measure(kind, root, times[kind]),
    ),
  )
  roots.forEach(([, root]) => removeFolder(root))
  return times
}
