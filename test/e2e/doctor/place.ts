// A homeserver behind a proxy, and doctor's findings about it in any world.

import { existsSync } from 'node:fs'
import type { Test } from 'tap'
import type { FindingName } from '../../../lib/contract/findings/findings.ts'
import { makeHierarchy } from './certificates.ts'
import { settle, whyNot, type Kind, type Setting } from '../setting.ts'
import { whole, type Authorities } from './faults.ts'
import { at, healthy, inWorld, type World } from './world.ts'

/** What doctor has said. */
export interface Said {
  code: number
  found: Record<string, string>[]
  unseen: { unseen: string[]; why: string; elsewhere: string }[]
  right: FindingName[]
}

export interface Place {
  setting: Setting
  parameters: Record<string, string>
  authorities: Authorities
  /** A healthy world. */
  good: World
  /** A certificate with its chain, for names in the notation of openssl. */
  pair: (names: string) => { certificate: string; key: string }
  /** Starts the homeserver. */
  start: (t: Test) => Promise<void>
  /** Runs cook doctor in a world. */
  doctor: (world: World, args?: string[]) => Promise<Said>
}

const late = /in time$|^was not seen within/

/** Why there can be none here, or false if there can. */
export const whyNoPlace = (kind: Kind): string | false =>
  whyNot(kind) || (!existsSync('/usr/sbin/nginx') && 'no nginx (nginx-light)')

export const makePlace = async (t: Test, kind: Kind): Promise<Place> => {
  const known = makeHierarchy('Known', t)
  const foreign = makeHierarchy('Foreign', t)
  const ssl = t.testdir({ certs: { [`${known.hash}.0`]: known.root } })
  const setting = await settle(t, kind, {
    addresses: [...Object.values(at)],
    mounts: { '/etc/ssl': ssl },
  })
  const pair = (names: string) => whole(known.leaf(names), known)
  const parameters = {
    ...{ DOMAIN: 'example.com', IP: at.synapse, NOSSL: 'yes' },
    PUBLICURL: 'https://matrix.example.com/',
  }
  return {
    ...{ setting, parameters, pair, authorities: { known, foreign } },
    good: healthy({
      proxy: pair('DNS:matrix.example.com'),
      web: pair('DNS:example.com'),
      other: pair('DNS:other.example.com'),
    }),
    start: async t => {
      const { code, stderr } = await setting.cook([], parameters)
      t.equal(code, 0, stderr)
    },
    doctor: (world, args = []) =>
      inWorld(setting, world, async () => {
        for (let n = 0; ; n++) {
          const argv = ['cook', 'doctor', '--json', ...args]
          const { code, stdout } = await setting.jail.exec(argv)
          const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}')
          const said: Said = { ...result, code, found: result.findings ?? [] }
          // On a machine with much other work it says: look again.
          if (n === 20 || !said.unseen?.some(({ why }) => late.test(why))) {
            return said
          }
        }
      }),
  }
}
