// The servers that a service will connect to when it is used: what is wrong
// with them is told now, and not by the first user who needs them.

import type { Time } from './connection.ts'
import type { Drift } from './drifts.ts'
import { errorMessage } from './failure.ts'
import type { Host } from './host.ts'
import type { Log } from './log.ts'
import type { Outside, ServiceStep } from './step.ts'

// In milliseconds.
const patience = 3000

const nameOf = ({ host, port }: Outside): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`

const probe = async (
  server: Outside,
  host: Host,
  time: Time,
): Promise<void> => {
  const { systemRoots } = await import('./system-roots.ts')
  const { probeMail } = await import('./probe-mail.ts')
  await probeMail(server, systemRoots(host) ?? [], host, time)
}

/** A warning, or nothing when all is well. */
const troubleWith = async (
  server: Outside,
  host: Host,
  ending: AbortSignal,
): Promise<string | undefined> => {
  const { startTime } = await import('./connection.ts')
  const time = startTime(patience, ending)
  try {
    const work = probe(server, host, time)
    await Promise.race([work, time.over])
    return undefined
  } catch (error) {
    return `the mail server ${nameOf(server)} ${errorMessage(error)}`
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
 * Begins to connect to the servers that the services which are started use.
 * @param ending gives it up
 */
export const askOutside = (
  due: readonly Drift<ServiceStep>[],
  host: Host,
  ending?: AbortSignal,
): Asking => {
  const servers = due.flatMap(({ step }) => step.outside ?? [])
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
