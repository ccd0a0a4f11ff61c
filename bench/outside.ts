// The cost of the probes of a mail server and an LDAP server that both work:
// boots with the probes, and boots in which Synapse has the same configuration
// from local overrides, whose servers cook does not probe.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { paths } from '../lib/contract/paths.ts'
import { settleWithBoth, well } from '../test/e2e/servers/outside.ts'
import { environment } from '../test/e2e/setting.ts'
import type { Jail } from '../test/jail/jail.ts'
import type { Life } from '../test/jail/life.ts'
import { byTurns, repeat, type Limit } from './rounds.ts'
import { run, start, type Start } from './start.ts'

/** One start for each round. */
export interface Asked {
  asked: Start[]
  unasked: Start[]
}

/** Does some work, and then the registered cleanup, the last first. */
const withEnd = async <T>(work: (life: Life) => Promise<T>): Promise<T> => {
  const ends: (() => unknown)[] = []
  try {
    return await work({ teardown: end => void ends.push(end) })
  } finally {
    for (const end of ends.toReversed()) {
      await end()
    }
  }
}

const both = environment(well)
const authority = '/mnt/ldap-ca.pem'

/** The configuration of both servers, as local overrides. */
const settings = (): Promise<string> =>
  withEnd(async life => {
    const { jail } = (await settleWithBoth(life, 'bun')).setting
    await run(jail, ['cook', '--no-start'], both)
    const text = readFileSync(jail.path(paths.homeserver), 'utf8')
    const found = text.match(/^(email|modules):\n( .*\n)+/gm) ?? []
    return found.join('').replace(paths.ldapCa, authority)
  })

/** Gives a jail local overrides, and Synapse the authority that they name. */
const fill = (jail: Jail, own: string): void => {
  const folder = jail.path(paths.overlayDir)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'own.yaml'), own)
  copyFileSync(jail.path('/root/ldap-ca.pem'), jail.path(authority))
}

const boot = (own: string, isAsked: boolean): Promise<Start> =>
  withEnd(async life => {
    const { setting, post } = await settleWithBoth(life, 'bun')
    // Such a file takes cook some time, so both jails have one.
    fill(setting.jail, `presence: {enabled: true}\n${isAsked ? '' : own}`)
    const env = isAsked ? both : environment()
    const started = await start(setting.jail, ['cook'], env)
    if (isAsked) {
      await post.ended()
    }
    return started
  })

/** Boots new jails in turn, with and without probes. */
export const measureAsking = async (limit: Limit): Promise<Asked> => {
  const own = await settings()
  const boots: Asked = { asked: [], unasked: [] }
  await repeat(limit, async number => {
    for (const way of byTurns(['asked', 'unasked'] as const, number)) {
      boots[way].push(await boot(own, way === 'asked'))
    }
  })
  return boots
}
