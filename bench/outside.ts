// What it costs a healthy boot that cook asks the mail server and the LDAP
// server, which both work: boots in which it does, and others in which Synapse
// has the same configuration from own settings, of which cook asks nobody.

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

/** Does some work, and then what was to be done at its end, the last first. */
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

/** What Synapse knows of both servers, as own settings. */
const settings = (): Promise<string> =>
  withEnd(async life => {
    const { jail } = (await settleWithBoth(life, 'bun')).setting
    await run(jail, ['cook', '--no-start'], both)
    const text = readFileSync(jail.path(paths.homeserver), 'utf8')
    const found = text.match(/^(email|modules):\n( .*\n)+/gm) ?? []
    return found.join('').replace(paths.ldapCa, authority)
  })

/** Gives a jail own settings, and to Synapse the authority that they name. */
const fill = (jail: Jail, own: string): void => {
  const folder = jail.path(paths.overlayDir)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'own.yaml'), own)
  copyFileSync(jail.path('/root/ldap-ca.pem'), jail.path(authority))
}

const boot = (own: string, isAsked: boolean): Promise<Start> =>
  withEnd(async life => {
    const { setting, post } = await settleWithBoth(life, 'bun')
    // Any such file takes cook some time, so both have one.
    fill(setting.jail, `presence: {enabled: true}\n${isAsked ? '' : own}`)
    const env = isAsked ? both : environment()
    const started = await start(setting.jail, ['cook'], env)
    if (isAsked) {
      await post.ended()
    }
    return started
  })

/** Boots fresh jails by turns, with the servers asked and unasked. */
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
