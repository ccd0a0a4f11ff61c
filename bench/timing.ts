// How long one run of cook takes.

import { spawnSync } from 'node:child_process'
import type { Kind } from '../test/e2e/setting.ts'
import { commandOf } from './executables.ts'

/**
 * Milliseconds from before its start to after its end.
 * @throws {Error} if it does not exit 0
 */
export const timeRun = (
  kind: Kind,
  args: readonly string[],
  env: Record<string, string>,
): number => {
  const [file, ...before] = commandOf(kind)
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

/** The same for a cook that starts nothing, on the files of a jail. */
export const timeCook = (
  kind: Kind,
  root: string,
  env: Record<string, string>,
): number => timeRun(kind, ['--root', root, '--no-start'], env)
