// A lock beside a socket that a Synapse left which was killed.

import type { Host } from '../../../host/host.ts'
import type { Diagnosis } from '../../../engine/steps/daemon.ts'
import { paths } from '../../../contract/paths.ts'
import { leavings, lockOf } from './leavings.ts'

// How Twisted says that the pid of the lock is that of a process: one of
// synapse's, or one that synapse may not send a signal to. The last line is
// Synapse's own; since Python 3.13 the lines before it are many.
const evidence =
  /Cannot acquire lock|twisted\/python\/lockfile\.py|Failed to listen on unix socket/

/**
 * Says that the lock of a Synapse that was killed keeps it from starting. cook
 * removes the lock before it starts Synapse; rc(8) alone does not.
 */
export const diagnoseLock = async (
  host: Host,
  lines: readonly string[],
): Promise<Diagnosis | undefined> => {
  const left = lines.some(line => evidence.test(line))
    ? await leavings.left(host, [])
    : undefined
  return left === lockOf(paths.synapseSocket)
    ? {
        message:
          `${left} was left by a Synapse that was killed, and another process ` +
          'has its pid now: run cook, which removes it',
        isCertain: true,
      }
    : undefined
}
