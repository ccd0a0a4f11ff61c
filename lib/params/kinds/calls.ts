import { isIPv6 } from '../../formats/ip.ts'
import { hostNameFault, isPort } from '../../formats/server-name.ts'
import { either, type Kind } from './parsed.ts'
import { url } from './place.ts'

// RFC 7065, section 3.1. What it calls an extension of the transport is none
// that a client knows.
const turnUri =
  /^turns?:(?:\[([^\]]*)\]|([^:?[\]]*))(?::([^?]*))?(?:\?transport=(udp|tcp))?$/

/** Why a text is not the URI of a TURN server, or undefined. */
const turnFault = (text: string): string | undefined => {
  const scheme = /^([a-z]+):(\/\/)?/i.exec(text)
  if (scheme === null || !/^turns?$/i.test(scheme[1]!)) {
    return scheme?.[1]?.match(/^stuns?$/i)
      ? 'is for STUN: write turn:, because a TURN server answers STUN as well'
      : 'does not begin with turn: or turns:'
  }
  if (scheme[2] !== undefined) {
    return 'has // after turn:, which such a URI lacks: remove it'
  }
  const rest = text.slice(scheme[0].length)
  if (isIPv6(rest)) {
    const right = `"${scheme[0]}[${rest}]"`
    return `has an IPv6 address without brackets: write ${right}`
  }
  const [found, bracketed, plain = '', port] = turnUri.exec(text) ?? []
  if (found === undefined) {
    return (
      'is not turn:HOST or turns:HOST with a port or ?transport=udp or ' +
      '?transport=tcp, in lower case'
    )
  }
  return bracketed !== undefined
    ? isIPv6(bracketed) && !bracketed.includes('%')
      ? portFault(port)
      : 'has no IPv6 address in its brackets'
    : plain === ''
      ? 'has no host'
      : (hostNameFault(plain) ?? portFault(port))
}

const portFault = (port: string | undefined): string | undefined =>
  port === undefined || isPort(port)
    ? undefined
    : 'has a port that is not 1-65535'

/** The URIs of TURN servers (RFC 7065). */
export const turnUris: Kind<string[]> = {
  expects: 'comma-separated TURN URIs',
  parse: text => {
    const items = text.split(',').map(each => each.trim())
    const wrong = items.find(each => turnFault(each) !== undefined)
    const fault = wrong === undefined ? undefined : turnFault(wrong)
    return either(
      [...new Set(items)],
      fault === undefined || items.length === 1
        ? fault
        : `contains ${JSON.stringify(wrong)}, which ${fault}`,
    )
  },
}

/** @param scheme clients on a page from https accept no other */
const secureUrl = (
  scheme: 'https' | 'wss',
  otherFault: (text: string) => string | undefined | false,
): Kind<string> => ({
  expects: `${scheme}:// URL`,
  parse: text => {
    if (!text.startsWith(`${scheme}://`)) {
      return { fault: `does not begin with ${scheme}://` }
    }
    if (/[?#]/.test(text)) {
      return { fault: 'has a query or a fragment: remove it' }
    }
    const parsed = url.parse(text.replace(/^\w+/, 'https'))
    return 'fault' in parsed ? parsed : either(text, otherFault(text))
  },
})

/** Where a client opens a WebSocket. */
export const websocketUrl = secureUrl('wss', () => undefined)

/** A service whose paths a client appends. */
export const serviceUrl = secureUrl(
  'https',
  text =>
    text.endsWith('/') &&
    'ends with a slash, after which clients write another one: remove it',
)
