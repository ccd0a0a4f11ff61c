// Files of root that nobody else may read, whatever users plant: a copy of all
// files of cook on a data set, each valid in its place.

import { lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { paths } from '../../lib/contract/paths.ts'
import type { Jail } from '../jail/jail.ts'
import { newText, secretsMade, secretText, type Secret } from './secrets.ts'

/** Their directory: on the data set, because of hard links. */
export const victims = '/mnt/victims'
export const otherVictims = '/root/victims'

/** The victim for a path on the data set. */
export const victimOf = (place: string): string =>
  place.replace(paths.data, victims)

const publicKey = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${'A'.repeat(42)}B me\n`

/** Copies the files of the data set, and creates those that are missing. */
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
    secretText('local overrides', settings),
    secretText('service account', token),
  ]
}

/** All attributes of the victims except their access times. */
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
