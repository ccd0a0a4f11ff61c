// The servers that a service will connect to when it is used: problems with
// them are reported now, so that the first user who needs them does not find
// them.

import { errorMessage } from '../contract/failure.ts'
import type { Host } from '../host/host.ts'
import { hostPort } from '../formats/ip.ts'
import type { Log } from '../host/log/log.ts'
import type { Outside } from './steps/daemon.ts'
import type { ServiceStep } from './steps/step.ts'

// In milliseconds.
const patience = 3000

/** A warning, or undefined if the server works. */
const troubleWith = async (
  server: Outside,
  host: Host,
  ending: AbortSignal,
): Promise<string | undefined> => {
  const { startTime } = await import('../net/time.ts')
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

/** The probes of servers outside, made while services start. */
export interface Asking {
  /** Waits for the answers, until 3 s after the start, and reports them. */
  tell: (log: Log) => Promise<void>
  /** Cancels the probes. */
  end: () => void
}

/**
 * Connects to the servers that services use, while the services start.
 * @param ending cancels the probes
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
