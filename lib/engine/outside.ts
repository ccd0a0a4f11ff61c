// The servers that a service will connect to when it is used: what is wrong
// with them is told now, and not by the first user who needs them.

import { errorMessage } from '../contract/failure.ts'
import type { Host } from '../host/host.ts'
import { hostPort } from '../formats/ip.ts'
import type { Log } from '../host/log/log.ts'
import type { Outside, ServiceStep } from './steps/step.ts'

// In milliseconds.
const patience = 3000

/** A warning, or nothing when all is well. */
const troubleWith = async (
  server: Outside,
  host: Host,
  ending: AbortSignal,
): Promise<string | undefined> => {
  const { startTime } = await import('../net/connection.ts')
  const time = startTime(patience, ending)
  try {
    await Promise.race([server.ask(host, time), time.over])
    return undefined
  } catch (error) {
    const why = errorMessage(error)
    return `the ${server.what} ${hostPort(server.host, server.port)} ${why}`
  } finally {
    time.end()
  }
}

/** What is asked about servers outside, while services start. */
export interface Asking {
  /** Waits for the answers, 3 s after the beginning at the most; tells them. */
  tell: (log: Log) => Promise<void>
  /** Nobody wants to know any more. */
  end: () => void
}

/**
 * Begins to connect to the servers that services use, as long as they start.
 * @param ending gives it up
 */
export const askOutside = (
  services: readonly ServiceStep[],
  host: Host,
  ending?: AbortSignal,
): Asking => {
  const servers = services.flatMap(({ outside }) => outside ?? [])
  const controller = new AbortController()
  const end = (): void => controller.abort()
  ending?.addEventListener('abort', end)
  const troubles = Promise.all(
    servers.map(server => troubleWith(server, host, controller.signal)),
  )
  return {
    tell: async log => {
      for (const trouble of await troubles) {
        if (trouble !== undefined && !controller.signal.aborted) {
          log.warning(trouble)
        }
      }
    },
    end,
  }
}
