import { Failure } from '../../../contract/failure.ts'
import { fullFaults } from '../../../engine/data-set/judge-space.ts'
import type { Host } from '../../../host/host.ts'
import { isBroken } from './matrix.ts'
import { unwritable, unwritableFault } from '../diagnosis/unwritable.ts'

const causes = (host: Host): string[] => {
  const full = fullFaults(host)
  return full.length > 0
    ? full
    : unwritable(host).map(each => `${each.folder}: ${unwritableFault(each)}`)
}

/**
 * Waits for work that sends requests to Synapse. If Synapse only says that it
 * failed (M_UNKNOWN), the failure is the cause that the jail shows: Synapse cannot
 * write, because a file system is full or a file is another user's.
 */
export const withCause = async <T>(
  host: Host,
  work: Promise<T>,
): Promise<T> => {
  try {
    return await work
  } catch (error) {
    const found = isBroken(error) ? causes(host) : []
    if (!(error instanceof Failure) || found.length === 0) {
      throw error
    }
    const message = `Synapse failed: ${[...new Set(found)].join('; ')}`
    throw new Failure(error.exit, message, { cause: error.cause })
  }
}
