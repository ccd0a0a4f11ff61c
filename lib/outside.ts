// The servers that a service will connect to when it is used: what is wrong
// with them is told now, and not by the first user who needs them.

import type { Time } from './connection.ts'
import { errorMessage } from './failure.ts'
import type { Host } from './host.ts'
import { hostPort } from './ip.ts'
import type { Log } from './log.ts'
import type { Outside, ServiceStep } from './step.ts'
import { systemRoots } from './system-roots.ts'

// In milliseconds.
const patience = 3000

const names = { mail: 'mail server', ldap: 'LDAP server' }

/** The certificates of authorities that Synapse trusts in a server. */
const rootsFor = (server: Outside, host: Host): string[] =>
  server.kind === 'ldap' && server.caPath !== undefined
    ? [host.text(server.caPath) ?? []].flat()
    : (systemRoots(host) ?? [])

const probe = async (
  server: Outside,
  host: Host,
  time: Time,
): Promise<void> => {
  const roots = rootsFor(server, host)
  if (server.kind === 'mail') {
    const { probeMail } = await import('./probe-mail.ts')
    return probeMail(server, roots, host, time)
  }
  const { probeLdap } = await import('./probe-ldap.ts')
  return probeLdap(server, roots, host, time)
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
    await Promise.race([probe(server, host, time), time.over])
    return undefined
  } catch (error) {
    const why = errorMessage(error)
    return `the ${names[server.kind]} ${hostPort(server.host, server.port)} ${why}`
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
