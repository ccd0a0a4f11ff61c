import { isIP, isIPv6 } from './ip.ts'
import { Secret } from './secret.ts'
import {
  hostFault,
  hostNameFault,
  isPort,
  parseServerName,
  type ServerName,
} from './server-name.ts'

/** A value, or what is wrong with it: the end of `"x" …`. */
export type Parsed<T> = { value: T } | { fault: string }

/** How texts of one kind are judged and what they become. */
export interface Kind<T> {
  /** What is expected, in a few words, for the tables. */
  expects: string
  parse: (text: string) => Parsed<T>
}

const either = <T>(
  value: T,
  fault: string | undefined | false,
): Parsed<T> => (typeof fault === 'string' ? { fault } : { value })

const serverName: Kind<ServerName> = {
  expects: 'host or host:port',
  parse: text => {
    const parsed = parseServerName(text)
    return typeof parsed === 'string' ? { fault: parsed } : { value: parsed }
  },
}

/** The shortest spelling of an address, so that two spellings are one. */
const canonicalAddress = (text: string): string =>
  isIPv6(text) ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text

const list = (text: string): string[] => text.split(',').map(s => s.trim())

const addresses: Kind<string[]> = {
  expects: 'IP addresses, by commas',
  parse: text => {
    const items = list(text)
    const wrong = items.find(item => isIP(item) === 0 || item.includes('%'))
    if (wrong !== undefined) {
      return {
        fault:
          items.length > 1
            ? `has ${JSON.stringify(wrong)} in it, which is not an IP address`
            : 'is not an IPv4 or IPv6 address',
      }
    }
    return { value: [...new Set(items.map(canonicalAddress))] }
  },
}

const hosts: Kind<string[]> = {
  expects: 'hosts, by commas',
  parse: text => {
    if (text.includes('://')) {
      return { fault: 'has a scheme: write the host alone' }
    }
    if (/^(\[.*\]|[^:]*):\d+$/.test(text)) {
      return { fault: 'has a port: write the host alone' }
    }
    const items = list(text)
    return either(items, items.map(hostFault).find(fault => fault))
  },
}

const host: Kind<string> = {
  expects: 'host',
  parse: text => {
    const parsed = hosts.parse(text)
    return 'fault' in parsed ? parsed : either(text, hostFault(text))
  },
}

const domainName: Kind<string> = {
  expects: 'domain name',
  parse: text => either(text, hostNameFault(text)),
}

const emailFault = (text: string): string | undefined => {
  const at = text.lastIndexOf('@')
  if (at < 0) {
    return 'is not an e-mail address: it has no @'
  }
  const odd = /[\s()<>,;:\\"[\]@]/
  return at === 0 || odd.test(text.slice(0, at)) || hostNameFault(text.slice(at + 1))
    ? 'is not an e-mail address (name@host)'
    : undefined
}

const email: Kind<string> = {
  expects: 'e-mail address',
  parse: text => either(text, emailFault(text)),
}

const mailbox: Kind<string> = {
  expects: 'e-mail address or Name <address>',
  parse: text => {
    const [, name = '', address = text] = text.match(/^(.*)<([^<>]*)>$/) ?? []
    // Synapse fills this text in with Python's % operator.
    if (name.replaceAll('%(app)s', '').includes('%') || address.includes('%')) {
      return { fault: 'has a % in it, of which Synapse knows only %(app)s' }
    }
    // An RFC 5322 phrase: specials only between quotes.
    const phrase = /^\s*("[^"\\]*"|[^"()<>@,;:\\.[\]]*)\s*$/
    return either(
      text,
      emailFault(address) ??
        (phrase.test(name.replaceAll('%(app)s', 'app'))
          ? undefined
          : 'has a name that needs double quotes around it'),
    )
  },
}

const words: Record<string, boolean> = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
}

const boolean: Kind<boolean> = {
  expects: 'yes or no',
  parse: text => {
    const word = text.toLowerCase()
    const value = Object.hasOwn(words, word) ? words[word] : undefined
    return value === undefined
      ? { fault: 'is not yes or no (true/false, on/off, 1/0)' }
      : { value }
  },
}

const isEmpty = (text: string) => text === '' && 'is empty'

const secret: Kind<Secret> = {
  expects: 'secret text',
  parse: text => either(new Secret(text), isEmpty(text)),
}

const text: Kind<string> = {
  expects: 'text',
  parse: value => either(value, isEmpty(value)),
}

const port: Kind<number> = {
  expects: 'port',
  parse: value =>
    either(Number(value), !isPort(value) && 'is not a port (1-65535)'),
}

const seconds: Kind<number> = {
  expects: 'seconds',
  parse: value =>
    either(
      Number(value),
      (!/^[1-9]\d{0,4}$/.test(value) || Number(value) > 86400) &&
        'is not a number of seconds (1-86400)',
    ),
}

const url: Kind<string> = {
  expects: 'URL',
  parse: value => {
    if (!/^https?:\/\//.test(value)) {
      return { fault: 'does not begin with https:// or http://' }
    }
    if (!/^[\x21-\x7e]+$/.test(value) || !URL.canParse(value)) {
      return { fault: 'is not a URL' }
    }
    const { username, password } = new URL(value)
    // Synapse refuses a public_baseurl with a query or a fragment.
    return either(
      value,
      /[?#]/.test(value)
        ? 'has a query or a fragment, which Synapse refuses'
        : username + password !== '' && 'has a user name or a password in it',
    )
  },
}

const size: Kind<string> = {
  expects: 'bytes, with K, M, G or T',
  parse: value => {
    const [, digits = '', unit = ''] =
      value.match(/^([1-9]\d{0,11})([KMGT]?)$/i) ?? []
    if (digits === '') {
      return { fault: 'is not a size such as 50M (K, M, G or T, or bytes)' }
    }
    // Older versions of Synapse know K and M only.
    const large = { G: 1024n, T: 1024n * 1024n }[unit.toUpperCase()]
    return {
      value:
        large === undefined
          ? digits + unit.toUpperCase()
          : `${BigInt(digits) * large}M`,
    }
  },
}

const oneOf = <const T extends string>(values: readonly T[]): Kind<T> => ({
  expects: values.join(', '),
  parse: value => {
    const found = values.find(
      each => each.toLowerCase() === value.toLowerCase(),
    )
    return found === undefined
      ? { fault: `is not one of ${values.join(', ')}` }
      : { value: found }
  },
})

/** Every kind that a row of the parameter table may have. */
export const kinds = {
  serverName,
  addresses,
  hosts,
  host,
  domainName,
  email,
  mailbox,
  boolean,
  secret,
  text,
  port,
  seconds,
  url,
  size,
  logLevel: oneOf(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL']),
  verification: oneOf(['email', 'token', 'none']),
}

export type KindName = keyof typeof kinds

/** What a text of kind K becomes. */
export type Value<K extends KindName> =
  (typeof kinds)[K] extends Kind<infer T> ? T : never
