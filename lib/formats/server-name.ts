import { isIPv4, isIPv6 } from './ip.ts'

export interface ServerName {
  /** The whole name, as Matrix identifiers carry it. */
  name: string
  /** The host alone, without the brackets of an IPv6 address. */
  host: string
  port: number | undefined
}

// A user id contains the server name and has at most 255 bytes. The limit is
// lower because the file name of the signing key, and of its temporary file,
// contains the server name too.
const longest = 224

/**
 * Where other servers connect if neither the server name nor a delegation has a
 * port (Server-Server API, "Resolving server names").
 */
export const federationPort = 8448

/** Why `host` is not a host name, or undefined. Upper case is allowed here. */
export const hostNameFault = (host: string): string | undefined => {
  if (host.endsWith('.')) {
    return 'ends with a dot: remove it'
  }
  if (/[^\x20-\x7e]/.test(host)) {
    return 'is not ASCII: write the xn-- form of the name'
  }
  const odd = host.match(/[^A-Za-z0-9.-]/)?.[0]
  if (odd !== undefined) {
    return `contains ${odd === ' ' ? 'a space' : JSON.stringify(odd)}, which host names cannot have`
  }
  const labels = host.split('.')
  if (labels.some(label => label === '')) {
    return 'has an empty label'
  }
  if (labels.some(label => label.length > 63)) {
    return 'has a label of more than 63 characters'
  }
  if (labels.some(label => label.startsWith('-') || label.endsWith('-'))) {
    return 'has a label that begins or ends with a hyphen'
  }
  if (/^\d+$/.test(labels.at(-1) ?? '') && !isIPv4(host)) {
    return 'is neither a host name nor an IPv4 address'
  }
  return undefined
}

/**
 * The shortest spelling of an address, so that equal addresses compare equal.
 */
export const canonicalAddress = (text: string): string =>
  isIPv6(text) ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text

/** Whether an address means all addresses, and so cannot be a name. */
export const isUnspecified = (address: string): boolean =>
  ['0.0.0.0', '::'].includes(canonicalAddress(address))

/** Why `text` is neither a host name nor an IP address, or undefined. */
export const hostFault = (text: string): string | undefined =>
  text === '' ? 'is empty' : isIPv6(text) ? undefined : hostNameFault(text)

/**
 * Parses a server name by the grammar of the Matrix specification (Appendices,
 * "Server name"), in lower case. Returns the error as text.
 */
export const parseServerName = (text: string): ServerName | string => {
  const scheme = text.match(/^([a-z]+):\/\/(.*)$/i)
  if (scheme !== null) {
    return `is a URL: write only the name, without "${scheme[1]}://"`
  }
  if (text.includes('/')) {
    return 'has a path: write only the host name'
  }
  if (isIPv6(text)) {
    return `is an IPv6 address without brackets: write "[${text}]"`
  }
  const [, bracketed, plain, port] =
    text.match(/^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/s) ?? []
  if (bracketed === undefined && plain === undefined) {
    return 'is not host or host:port'
  }
  if (bracketed !== undefined && (!isIPv6(bracketed) || /%/.test(bracketed))) {
    return 'has no IPv6 address in its brackets'
  }
  const host = bracketed ?? plain ?? ''
  const fault =
    host === ''
      ? 'has no host'
      : plain === undefined
        ? undefined
        : hostNameFault(plain)
  if (fault !== undefined) {
    return fault
  }
  if (isUnspecified(host)) {
    return 'means all addresses: write one address or a host name'
  }
  if (port !== undefined && !isPort(port)) {
    return 'has a port that is not 1-65535'
  }
  if (text !== text.toLowerCase()) {
    return `has upper-case letters: write "${text.toLowerCase()}"`
  }
  if (text.length > longest) {
    return `is longer than ${longest} characters`
  }
  return {
    name: text,
    host,
    port: port === undefined ? undefined : Number(port),
  }
}

/** Whether `text` is a port number, 1 to 65535, in plain decimal digits. */
export const isPort = (text: string): boolean =>
  /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65535
