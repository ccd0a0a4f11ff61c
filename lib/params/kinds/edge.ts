import { isIP } from '../../formats/ip.ts'
import { canonicalAddress } from '../../formats/server-name.ts'
import { either, type Kind } from './parsed.ts'
import { link } from './place.ts'

const staging = 'https://acme-staging-v02.api.letsencrypt.org/directory'

/** The directory of an ACME server (RFC 8555, 7.1.1). */
export const acmeDirectory: Kind<string> = {
  expects: 'URL, or staging',
  parse: text => {
    if (text.toLowerCase() === 'staging') {
      return { value: staging }
    }
    const parsed = link.parse(text)
    return 'fault' in parsed
      ? parsed
      : // RFC 8555, 6.1.
        either(text, !/^https:/.test(text) && 'does not begin with https://')
  },
}

const networkFault = (text: string): string | undefined => {
  const [, address = '', , length] = text.match(/^([^/]*)(\/(.*))?$/s) ?? []
  const version = isIP(address)
  const most = version === 4 ? 32 : 128
  return version === 0 || address.includes('%')
    ? 'is not an address or a network such as 192.0.2.0/24'
    : length === undefined ||
        (/^(0|[1-9]\d{0,2})$/.test(length) && Number(length) <= most)
      ? undefined
      : `has a prefix that is not 0-${most}`
}

const canonical = (text: string): string => {
  const [address = '', ...rest] = text.split('/')
  return [canonicalAddress(address), ...rest].join('/')
}

/** Addresses and networks, as in 192.0.2.1,2001:db8::/32. */
export const networks: Kind<string[]> = {
  expects: 'comma-separated addresses and networks',
  parse: text => {
    const items = text.split(',').map(each => each.trim())
    const wrong = items.find(networkFault)
    if (wrong === undefined) {
      return { value: [...new Set(items.map(canonical))] }
    }
    const fault = networkFault(wrong) ?? ''
    return {
      fault:
        items.length > 1
          ? `contains ${JSON.stringify(wrong)}, which ${fault}`
          : fault,
    }
  },
}
