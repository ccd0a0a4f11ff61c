import { isIP } from '../../formats/ip.ts'
import {
  canonicalAddress,
  hostFault,
  hostNameFault,
  parseServerName,
  type ServerName,
} from '../../formats/server-name.ts'
import { either, type Kind } from './parsed.ts'

export const serverName: Kind<ServerName> = {
  expects: 'host or host:port',
  parse: text => {
    const parsed = parseServerName(text)
    return typeof parsed === 'string' ? { fault: parsed } : { value: parsed }
  },
}

// RFC 1035, 2.3.4, without the length bytes at both ends.
const longestName = 253

const list = (text: string): string[] => text.split(',').map(s => s.trim())

export const addresses: Kind<string[]> = {
  expects: 'comma-separated IP addresses',
  parse: text => {
    const items = list(text)
    const wrong = items.find(item => isIP(item) === 0 || item.includes('%'))
    if (wrong !== undefined) {
      return {
        fault:
          items.length > 1
            ? `contains ${JSON.stringify(wrong)}, which is not an IP address`
            : 'is not an IPv4 or IPv6 address',
      }
    }
    return { value: [...new Set(items.map(canonicalAddress))] }
  },
}

export const host: Kind<string> = {
  expects: 'host',
  parse: text =>
    text.includes('://')
      ? { fault: 'has a scheme: write only the host' }
      : /^(\[.*\]|[^:]*):\d+$/.test(text)
        ? { fault: 'has a port: write only the host' }
        : either(text, hostFault(text)),
}

/** A host name in lower case, as certificates and URLs have it. */
export const hostName: Kind<string> = {
  expects: 'host name',
  parse: text => {
    const parsed = host.parse(text)
    return 'fault' in parsed
      ? parsed
      : either(
          text.toLowerCase(),
          isIP(text) === 0
            ? text.length > longestName && 'is longer than 253 characters'
            : 'is an address: write a host name',
        )
  },
}

export const domainName: Kind<string> = {
  expects: 'domain name',
  parse: text => either(text, hostNameFault(text)),
}

const pathFault = (path: string): string | undefined =>
  !path.startsWith('/')
    ? 'is not an absolute path: begin it with /'
    : path.endsWith('/')
      ? 'is a directory, not a file'
      : undefined

export const file: Kind<string> = {
  expects: 'path of a file',
  parse: text => either(text, pathFault(text)),
}

export const files: Kind<string[]> = {
  expects: 'comma-separated paths of files',
  parse: text => {
    const items = list(text)
    const wrong = items.find(pathFault)
    const fault = wrong === undefined ? undefined : pathFault(wrong)
    return either(
      [...new Set(items)],
      fault === undefined || items.length === 1
        ? fault
        : `contains ${JSON.stringify(wrong)}, which ${fault}`,
    )
  },
}

// What RFC 3986 allows in a URL. Node's parser accepts more: it takes the first
// part of a path for a missing host, and a backslash for a slash.
const urlText =
  /^https?:\/\/(?!\/)(\[[\w:.]+\])?([\w.~:/?#@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*$/

/** A URL for people or programs, with a query or a fragment or without. */
export const link: Kind<string> = {
  expects: 'URL',
  parse: value => {
    if (!/^https?:\/\//.test(value)) {
      return { fault: 'does not begin with https:// or http://' }
    }
    if (!urlText.test(value) || !URL.canParse(value)) {
      return { fault: 'is not a URL' }
    }
    const { username, password } = new URL(value)
    return either(
      value,
      username + password !== '' && 'contains a user name or a password',
    )
  },
}

export const url: Kind<string> = {
  expects: 'URL',
  parse: value => {
    const parsed = link.parse(value)
    // Synapse does not allow a public_baseurl with a query or a fragment.
    return 'value' in parsed && /[?#]/.test(value)
      ? { fault: 'has a query or a fragment, which Synapse does not allow' }
      : parsed
  },
}
