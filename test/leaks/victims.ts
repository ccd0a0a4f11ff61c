// Files of root's that nobody else may read, whatever users plant: a copy of
// all that cook has on a data set, each right for its place.

import { lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { paths } from '../../lib/contract/paths.ts'
import type { Jail } from '../jail/jail.ts'
import { newText, secretsMade, secretText, type Secret } from './secrets.ts'

/** Where they are: a hard link does not lead from one mount to another. */
export const victims = '/mnt/victims'
export const otherVictims = '/root/victims'

/** The victim of a place on the data set. */
export const victimOf = (place: string): string =>
  place.replace(paths.data, victims)

const publicKey = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${'A'.repeat(42)}B me\n`

/** Makes them of what is on the data set now, and what is not there yet. */
export const makeVictims = async (jail: Jail): Promise<Secret[]> => {
  mkdirSync(jail.path(otherVictims), { mode: 0o700 })
  await jail.exec(['cp', '-a', paths.data, victims])
  const [settings, token] = [newText(), newText()]
  for (const [place, text] of [
    [
      `${paths.overlayDir}/own.yaml`,
      `form_secret: ${JSON.stringify(settings)}`,
    ],
    [
      paths.serviceAccount,
      JSON.stringify({ user: 'cook-0123456789ab', token, former: [] }),
    ],
    [paths.adminUser, '@other:matrix.example.com'],
    [paths.authorizedKeys, publicKey],
  ] as const) {
    const file = jail.path(victimOf(place))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${text}\n`, { mode: 0o600 })
  }
  await jail.exec(['chmod', '-R', 'go=', victims])
  await jail.exec(['chown', '-R', '0:0', victims])
  return [
    ...secretsMade(inside => jail.path(victimOf(inside))).filter(
      ({ name }) => name !== 'service account',
    ),
    secretText('own settings', settings),
    secretText('service account', token),
  ]
}

/** All that there is to know of them but when somebody has read them. */
export const factsOf = (jail: Jail): string[] =>
  [victims, otherVictims].flatMap(folder =>
    readdirSync(jail.path(folder), { recursive: true, encoding: 'utf8' })
      .map(name => {
        const at = join(jail.path(folder), name)
        const stat = lstatSync(at, { bigint: true })
        const { mode, uid, gid, size, ino, nlink, mtimeNs, ctimeNs } = stat
        return [name, mode, uid, gid, size, ino, nlink, mtimeNs, ctimeNs].join()
      })
      .sort(),
  )
