// The only module that uses DNS.

import { lookup as lookUp, Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { errorCode } from '../contract/failure.ts'
import type { Host } from '../host/host.ts'
import { networkTrouble } from './trouble.ts'

// In seconds. getent(1) is killed at the caller's time limit or soon after.
const longest = 3

/**
 * The addresses of a name. Neither Node nor Bun can cancel a DNS lookup, and
 * the process does not exit before the answer. So getent(1), which can be
 * killed, goes first: after it the name servers are known to answer.
 */
export const addressesOf = async (
  name: string,
  host: Host,
): Promise<string[]> => {
  if (isIP(name) !== 0) {
    return [name]
  }
  const asked = await host
    .run('getent', ['hosts', name], longest)
    .catch(() => undefined)
  if (asked?.late) {
    throw networkTrouble(Object.assign(new Error(), { code: 'EAI_AGAIN' }))
  }
  const found = await lookUp(name, { all: true })
  return found.map(({ address }) => address)
}

/** A record of the type SRV. */
export interface Srv {
  name: string
  port: number
  priority: number
  weight: number
}

/** The name servers of this system, asked without getaddrinfo(3). */
export interface NameServers {
  /** The addresses in the records A and AAAA. */
  addresses: (name: string) => Promise<string[]>
  /** The records SRV, the preferred one first. */
  services: (name: string) => Promise<Srv[]>
}

// ENODATA: the name has records, but none of this type.
const nothing = ['ENOTFOUND', 'ENODATA', 'NOTFOUND', 'NODATA']

// A server can send any number of records.
const most = 8

/**
 * Asks the name servers, not /etc/hosts: what others see. Questions can be
 * cancelled.
 * @param signal ends all questions
 * @throws {Failure} each question, if no name server answers it
 */
export const nameServers = (signal: AbortSignal): NameServers => {
  const resolver = new Resolver({ timeout: 500, tries: 2 })
  signal.addEventListener('abort', () => resolver.cancel())
  const asked = async <T>(answer: Promise<T[]>): Promise<T[]> => {
    try {
      return (await answer).slice(0, most)
    } catch (error) {
      if (nothing.includes(errorCode(error) ?? '')) {
        return []
      }
      throw networkTrouble(
        Object.assign(new Error(), { code: 'EAI_AGAIN', cause: error }),
      )
    }
  }
  return {
    addresses: async name =>
      isIP(name) !== 0
        ? [name]
        : (
            await Promise.all([
              asked(resolver.resolve4(name)),
              asked(resolver.resolve6(name)),
            ])
          ).flat(),
    services: async name => {
      const records = await asked(resolver.resolveSrv(name))
      return records.toSorted(
        (a, b) => a.priority - b.priority || b.weight - a.weight,
      )
    },
  }
}
