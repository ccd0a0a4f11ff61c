import * as net from 'node:net'

export const isIPv4 = net.isIPv4

/**
 * Whether a text is an IPv6 address. Node's first call compiles a long pattern,
 * which takes 4 ms; most texts have no colon and do not need it.
 */
export const isIPv6 = (text: string): boolean =>
  text.includes(':') && net.isIPv6(text)

/** 4 or 6 for an address of that version, otherwise 0. */
export const isIP = (text: string): number =>
  isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0

/** A host or an address with a port, as URLs write it (RFC 3986, 3.2.2). */
export const hostPort = (host: string, port: number): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`
