// Runs of cook on a live system, imitated by a small jail.

import { randomInt } from 'node:crypto'
import type { Test } from 'tap'
import type { World } from '../../cook/world.ts'
import type { Host } from '../../lib/host/host.ts'
import { paths } from '../../lib/contract/paths.ts'
import { cook, type Cooked } from './cooking.ts'
import { required, type Given } from './given.ts'
import { machine } from './host-in.ts'
import { write } from './service-step.ts'
import { smallJail } from './small-jail.ts'

export interface Live {
  host: Host
  address: string
  run: (
    argv?: readonly string[],
    given?: Given,
    world?: Partial<World>,
    heard?: (text: string) => void,
  ) => Promise<Cooked>
  /** The behaviour of the homeserver from its next start on. */
  mode: (mode: string) => void
}

/** A small jail with its own address: the ports are always the same. */
export const live = (
  t: Test,
  files: Readonly<Record<string, string>> = {},
  platform?: string,
): Live => {
  const host = smallJail(t, files, platform)
  const address = `127.${[1, 2, 3].map(() => randomInt(1, 255)).join('.')}`
  return {
    host,
    address,
    run: (argv = [], given = {}, world = {}, heard = () => undefined) =>
      cook(argv, {
        environment: { ...required, NOSSL: 'yes', IP: address, ...given },
        host,
        heard,
        world: { machine: { ...machine, euid: 0 }, ...world },
      }),
    mode: mode =>
      write(host, `${paths.overlayDir}/mode.yaml`, `x: 1  # mode: ${mode}\n`),
  }
}
