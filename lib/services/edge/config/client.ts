// Whose request it is. Synapse believes the first address of X-Forwarded-For,
// which a client can write; so the edge sends exactly one: the rightmost that is
// no trusted proxy.

import type { Handler, Matcher, Route } from './json.ts'

/** How the edge learns the address of a client. */
export interface Clients {
  /** Part of the server. */
  server: Readonly<Record<string, unknown>>
  /** The first routes of the server. */
  routes: readonly Route[]
  /** The address, if it is not the one of the connection. */
  address?: string
  /** Whether a client is in one of these networks. */
  isIn: (networks: readonly string[]) => Matcher
}

const direct: Clients = {
  server: {},
  routes: [],
  isIn: ranges => ({ remote_ip: { ranges } }),
}

const byCaddy = (trusted: readonly string[]): Clients => ({
  server: {
    trusted_proxies: { source: 'static', ranges: trusted },
    trusted_proxies_strict: 1,
  },
  routes: [],
  address: '{http.vars.client_ip}',
  isIn: ranges => ({ client_ip: { ranges } }),
})

// How many trusted proxies may stand one after another.
const longest = 8

const forwarded = 'X-Forwarded-For'

const isHeader = (address: string): Handler => ({
  handler: 'headers',
  request: { set: { [forwarded]: [address] } },
})

// The last entry of what is left of the header; the rest before it.
const last = '^(?:(.*),)?\\s*([0-9A-Fa-f:.]+)\\s*$'

// Before 2.8 Caddy only knows the first entry. So the header is taken apart from
// its end: as long as the present address is a trusted proxy, the one before it
// takes its place.
const byRoutes = (trusted: readonly string[]): Clients => {
  const isIn = (ranges: readonly string[]): Matcher => ({
    remote_ip: { ranges, forwarded: true },
  })
  const begin: Route = {
    handle: [
      {
        handler: 'vars',
        client: '{http.request.remote.host}',
        rest: `{http.request.header.${forwarded}}`,
      },
      isHeader('{http.request.remote.host}'),
    ],
  }
  const hop = (_: unknown, index: number): Route => {
    const name = `hop${index}`
    return {
      match: [
        {
          ...isIn(trusted),
          vars_regexp: { rest: { name, pattern: last } },
        },
      ],
      handle: [
        {
          handler: 'vars',
          client: `{http.regexp.${name}.2}`,
          rest: `{http.regexp.${name}.1}`,
        },
        isHeader(`{http.regexp.${name}.2}`),
      ],
    }
  }
  return {
    server: {},
    routes: [begin, ...Array.from({ length: longest }, hop)],
    address: '{http.vars.client}',
    isIn,
  }
}

/**
 * @param trusted addresses and networks of proxies in front of the edge
 * @param isModern whether Caddy is 2.8 or later
 */
export const clientsBehind = (
  trusted: readonly string[],
  isModern: boolean,
): Clients =>
  trusted.length === 0
    ? direct
    : isModern
      ? byCaddy(trusted)
      : byRoutes(trusted)

/** What makes Synapse see the address. */
export const forwardedTo = ({ address }: Clients): object =>
  address === undefined
    ? {}
    : { headers: { request: { set: { [forwarded]: [address] } } } }
