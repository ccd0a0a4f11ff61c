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

// Two bytes of an IPv4 address as a word of IPv6.
const wordOf = (high: string, low: string): string =>
  (Number(high) * 256 + Number(low)).toString(16)

const bytesOfWords = (text: string): number[] =>
  text === ''
    ? []
    : text.split(':').flatMap(word => {
        const value = Number.parseInt(word, 16)
        return [value >> 8, value & 0xff]
      })

// ::ffff:0:0/96 (RFC 4291, 2.5.5.2)
const isMapped = (bytes: readonly number[]): boolean =>
  bytes.slice(0, 12).join() === '0,0,0,0,0,0,0,0,0,0,255,255'

/**
 * The bytes of a valid address: 16 for IPv6, 4 for IPv4 and for an IPv4 address
 * that is written as one of IPv6. A zone (`%lo0`) is ignored.
 */
export const addressBytes = (address: string): number[] => {
  if (!address.includes(':')) {
    return address.split('.').map(Number)
  }
  const text = address
    .replace(/%.*$/, '')
    .replace(
      /(\d+)\.(\d+)\.(\d+)\.(\d+)$/,
      (_, a, b, c, d) => `${wordOf(a, b)}:${wordOf(c, d)}`,
    )
  const [left = [], right = []] = text.split('::').map(bytesOfWords)
  const zeros = Array<number>(Math.max(16 - left.length - right.length, 0))
  const bytes = [...left, ...zeros.fill(0), ...right]
  return isMapped(bytes) ? bytes.slice(12) : bytes
}
