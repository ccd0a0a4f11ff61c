// The attacks of each user of a jail, and which of them come together.

import { temporaryName } from '../../lib/host/look.ts'
import { paths } from '../../lib/contract/paths.ts'
import { address } from '../e2e/setting.ts'
import type { Attack } from './attackers.ts'

const hash = '0123456789ab'

const flips = (...places: string[]): Attack[] =>
  places.flatMap((place): Attack[] => [
    ['flip', place],
    ['flip', temporaryName(place, hash)],
  ])

const listening = (...ports: number[]): Attack[] =>
  ports.flatMap(port =>
    ['127.0.0.1', address, '0.0.0.0', '::1', '::'].map(
      (host): Attack => ['listen', [host, port]],
    ),
  )

/** Where the files of each user are that the administrator names. */
export const namedIn = {
  synapse: '/home/synapse',
  control: '/home/control',
  // Everybody can write there, but root owns it.
  nobody: '/tmp',
} as const

const inTmp = flips(paths.potEnvironment, paths.potScript)

const reading = [
  '/mnt',
  '/var',
  '/tmp',
  '/root',
  '/etc',
  '/usr/local/etc',
  '/proc',
].map((folder): Attack => ['read', folder])

/** Attacks that come together, one group of each user a round. */
export const groups = {
  synapse: [
    [['pids', paths.pidFile]],
    [
      ['pids', paths.pidFile],
      ['log', paths.synapseLog],
      ['times', '/var/run/matrix-synapse'],
    ],
    flips(paths.pidFile),
    flips(paths.synapseLog),
    [
      ['times', '/var/log/matrix-synapse'],
      ['times', paths.databaseDir],
      ['times', paths.mediaDir],
    ],
    [
      ...flips(`${paths.mediaDir}/local_content`),
      ['flip', temporaryName(paths.database, hash)],
      ['log', paths.synapseLog],
    ],
    [...inTmp, ['pids', paths.pidFile]],
    [['alike', '']],
  ],
  control: [
    [...listening(8009, 8448), ...reading],
    flips(`${paths.controlHome}/.ssh`, `${paths.controlHome}/.cook`),
    [...inTmp, ['times', paths.controlHome]],
    [['alike', ''], ...reading],
  ],
  nobody: [
    [...listening(8008), ...inTmp],
    [['alike', ''], ...listening(8008)],
    [...listening(8448, 8008), ...reading],
    [...reading, ...flips('/tmp/cook'), ...listening(22)],
  ],
} as const satisfies Record<string, readonly (readonly Attack[])[]>

export type Who = keyof typeof groups

const users = Object.keys(groups) as Who[]

/** A user's attacks in a round; each also writes what is root's. */
export const attacksOf = (
  who: Who,
  round: number,
  places: readonly string[],
): Attack[] => {
  const own: readonly (readonly Attack[])[] = groups[who]
  // Shifted against the others each time, so that other groups meet.
  const times = Math.floor(round / groups.synapse.length)
  const turn = round + times * (2 * users.indexOf(who) - 1)
  return [
    ...own.at(turn % own.length)!,
    ['named', `${namedIn[who]}/given.env`],
    ['named', `${namedIn[who]}/given`],
    // What cook takes from there, this user could read.
    ...(who === 'synapse' ? [['read', '/usr/local/etc'] as const] : []),
    ...places
      .filter((_, n) => (n + round) % 7 === 0)
      .map((place): Attack => ['write', place]),
  ]
}
