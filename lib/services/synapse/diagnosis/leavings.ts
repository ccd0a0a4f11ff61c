// Twisted locks a socket of the file system with a symbolic link beside it,
// whose text is its pid. A Synapse that was killed leaves both. Once another
// process has that pid, no Synapse starts any more.

import type { Host } from '../../../host/host.ts'
import { placesOf } from '../../../engine/health/health.ts'
import type { HealthCheck, Leavings } from '../../../engine/steps/daemon.ts'
import { singleQuoted } from '../../../formats/sh.ts'
import { isTaken, socketPath } from '../../../net/probe.ts'
import { paths } from '../../../contract/paths.ts'

/** The lock of a socket (twisted/python/lockfile.py). */
export const lockOf = (socket: string): string => `${socket}.lock`

// Local overrides may name others. That of cook is there until EDGE=no has
// stopped Synapse.
const socketsOf = (checks: readonly HealthCheck[]): string[] => [
  ...new Set([
    paths.synapseSocket,
    ...placesOf(checks).flatMap(at => ('socket' in at ? [socketPath(at)] : [])),
  ]),
]

/**
 * What a Synapse that does not run any more has left of its sockets: the socket
 * first, because without its lock Twisted does not remove it. Anything else that
 * has such a name is not Synapse's.
 */
const leftIn = async (
  host: Host,
  checks: readonly HealthCheck[],
): Promise<string[]> => {
  const each = socketsOf(checks).map(async socket => {
    const lock = lockOf(socket)
    const left = [
      ...(host.look(socket)?.type === 'other' ? [socket] : []),
      ...(host.look(lock)?.type === 'link' ? [lock] : []),
    ]
    return left.length > 0 && (await isTaken({ socket })) ? [] : left
  })
  return (await Promise.all(each)).flat()
}

// In seconds.
const patience = 10

/** The sockets of a Synapse that was killed, with their locks. */
export const leavings: Leavings = {
  left: async (host, checks) => (await leftIn(host, checks)).at(-1),

  // As the user synapse: root removes nothing in directories of that user.
  remove: async (host, checks) => {
    const removals = (await leftIn(host, checks)).map(
      path => `rm -f ${singleQuoted(path)}`,
    )
    const line = removals.join(' && ')
    const ran = await host.run('su', ['-m', 'synapse', '-c', line], patience)
    const { code, late, stderr } = ran
    return code === 0
      ? undefined
      : late
        ? `no end in ${patience} s`
        : stderr.trim().split('\n').at(-1) || `exit ${code}`
  },
}
