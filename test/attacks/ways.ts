// The ways to run cook beside attackers.

import type { Setting } from '../e2e/setting.ts'
import type { Done } from '../jail/run.ts'
import { environment } from '../e2e/setting.ts'

/** One way: its arguments in a run of this number, and its standard input. */
interface Way {
  args: (run: number) => string[]
  input?: (run: number) => string
  /** Whether it reads no parameters of the environment. */
  apart?: true
}

// A start that the attackers prevent ends soon.
const soon = ['--start-timeout', '4']

const changed = (run: number): string[] => ['--max-upload', `${run + 10}M`]

/** The ways with attackers; each changes what an earlier one has set. */
export const ways: readonly Way[] = [
  { args: run => [...changed(run), ...soon] },
  { args: () => ['stop'], apart: true },
  {
    args: run => ['user', `user${run}`],
    input: run => `a password of user${run}\n`,
    apart: true,
  },
  { args: run => ['--no-start', ...changed(run)] },
  { args: () => soon },
  { args: () => ['token'], apart: true },
  { args: run => ['plan', ...changed(run)] },
  { args: () => ['status'], apart: true },
  { args: () => ['restored', ...soon] },
  { args: () => ['check'] },
  { args: () => ['image'], apart: true },
  { args: run => ['--no-ssl', run % 2 ? 'yes' : 'no', ...soon] },
  {
    args: run => ['--json', '--log-level', run % 2 ? 'DEBUG' : 'INFO', ...soon],
  },
]

/** A hang, in milliseconds: a run takes some seconds. */
const hang = 300_000

/** Runs cook in the way of this number. */
export const runWay = (
  { jail }: Setting,
  parameters: Record<string, string>,
  run: number,
): Promise<Done & { args: string[] }> => {
  const { args, input, apart } = ways[run % ways.length]!
  const argv = args(run)
  return jail
    .exec(['cook', ...argv], {
      env: environment(apart ? {} : parameters),
      input: input?.(run) ?? '',
      timeout: hang,
    })
    .then(done => ({ ...done, args: argv }))
}
