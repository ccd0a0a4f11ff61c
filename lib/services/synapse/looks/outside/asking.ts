// Names and web servers, asked at most once each, for all looks together.

import { errorMessage } from '../../../../contract/failure.ts'
import { nameServers, type Srv } from '../../../../net/dns.ts'
import type { Place } from '../../../../net/limited.ts'
import { askWeb, type Reply } from '../../../../net/web.ts'
import { canonicalAddress } from '../../../../formats/server-name.ts'

/** What the DNS says, or why it says nothing. */
export type Named<T> = { found: T[] } | { silent: string }

/** The two ways to ask. */
export interface Asking {
  addresses: (name: string) => Promise<Named<string>>
  services: (name: string) => Promise<Named<Srv>>
  web: (
    place: Place,
    path: string,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Reply>
  signal: AbortSignal
  roots: readonly string[]
}

const once = <T>(ask: (name: string) => Promise<T[]>) => {
  const asked = new Map<string, Promise<Named<T>>>()
  return (name: string): Promise<Named<T>> => {
    const answer =
      asked.get(name) ??
      ask(name).then(
        found => ({ found }),
        (error: unknown) => ({ silent: errorMessage(error) }),
      )
    asked.set(name, answer)
    return answer
  }
}

// Several addresses of a name are asked, but not any number.
const most = 4

/** @param signal ends all questions */
export const newAsking = (
  roots: readonly string[],
  signal: AbortSignal,
): Asking => {
  const servers = nameServers(signal)
  const addresses = async (name: string): Promise<string[]> => {
    const found = await servers.addresses(name)
    return [...new Set(found.map(canonicalAddress))].slice(0, most)
  }
  return {
    addresses: once(addresses),
    services: once(servers.services),
    web: (place, path, headers = {}) =>
      askWeb(place, { path, headers, roots, signal }),
    signal,
    roots,
  }
}

/** The addresses, or none. */
export const foundOf = <T>(named: Named<T>): T[] =>
  'found' in named ? named.found : []
