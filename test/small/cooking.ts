// Runs cook in this process, below a root.

import type { World } from '../../cook/world.ts'
import { run } from '../../cook/run.ts'
import type { Host } from '../../lib/host/host.ts'
import { required, type Given } from './given.ts'
import { machine } from './host-in.ts'

/** The exit code of a run and its output. */
export interface Cooked {
  code: number
  out: string
  err: string
  /** Both outputs, in order. */
  said: string
}

export interface Cooking {
  environment?: Given
  /** Whether it is the live system; otherwise --root is given. */
  host?: Host
  world?: Partial<World>
  /** Gets the output of the run while it runs. */
  heard?: (text: string) => void
}

export const cook = async (
  argv: readonly string[],
  { environment = required, host, world = {}, heard }: Cooking = {},
): Promise<Cooked> => {
  const cooked = { code: -1, out: '', err: '', said: '' }
  const tell = (where: 'out' | 'err') => (text: string) => {
    cooked[where] += text
    cooked.said += text
    heard?.(text)
  }
  const all: World = {
    argv,
    environment,
    machine,
    streams: {
      out: tell('out'),
      err: tell('err'),
      isFull: () => false,
      terminal: false,
    },
    written: async () => undefined,
    input: () => {
      throw new Error('this run has no input')
    },
    now: () => new Date(),
    version: '1.2.3',
    build: 'abc, node 26',
    program: 'cook',
    become: () => undefined,
    ended: () => new Promise(() => undefined),
    crashed: () => new Promise(() => undefined),
    ...world,
  }
  cooked.code = await (host === undefined ? run(all) : run(all, () => host))
  return cooked
}

/** The objects of --json, one per line, the result last. */
export const objects = ({ out }: Cooked): Record<string, unknown>[] =>
  out
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Record<string, unknown>)

export const result = (cooked: Cooked): Record<string, unknown> =>
  objects(cooked).at(-1) ?? {}
