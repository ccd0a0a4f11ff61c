// All sources from which cook can read secrets.

import { writeFileSync } from 'node:fs'
import { rows } from '../../lib/params/params.ts'
import type { Jail } from '../jail/jail.ts'
import { ownFolder } from './jail.ts'
import { keepFor, type Given } from './watcher.ts'

const flagOf = (name: string): string =>
  `--${rows.find(row => row.name === name)?.flag}`

const potLines = (secrets: Readonly<Record<string, string>>): string =>
  Object.entries(secrets)
    .map(([name, text]) => `export "${name}=${text.replaceAll('"', '\\"')}"\n`)
    .join('')

/** Arguments and environment of cook, by the name of the source. */
export const ways = (
  jail: Jail,
  secrets: Readonly<Record<string, string>>,
): Record<string, () => Omit<Given, 'program'>> => {
  const all = Object.entries(secrets)
  const files = () =>
    all.map(([name, text]) => {
      const path = `${ownFolder}/${name}`
      keepFor(jail, path, `${text}\n`)
      return [name, path] as const
    })
  return {
    'the environment': () => ({ args: [], env: { ...secrets } }),
    'files that it names': () => ({
      args: [],
      env: Object.fromEntries(
        files().map(([name, path]) => [`${name}_FILE`, path]),
      ),
    }),
    'an --env-file': () => {
      const path = `${ownFolder}/own.env`
      keepFor(jail, path, potLines(secrets))
      return { args: ['--env-file', path] }
    },
    // And with an unknown or misspelt name.
    "pot's environment": () => {
      const { SMTPPASS = '' } = secrets
      const others = { UNKNOWN: SMTPPASS, SMTPPASSS: SMTPPASS }
      const text = potLines({ ...secrets, ...others })
      writeFileSync(jail.path('/tmp/environment.sh'), text)
      return { args: [] }
    },
    flags: () => ({
      args: all.flatMap(([name, text]) => [flagOf(name), text]),
      flags: true,
    }),
    'flags that name files': () => ({
      args: files().flatMap(([name, path]) => [`${flagOf(name)}-file`, path]),
    }),
  }
}
