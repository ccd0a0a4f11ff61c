import { listed } from '../../contract/report.ts'
import { hostFault } from '../../formats/server-name.ts'
import { either, type Kind } from './parsed.ts'

interface Item {
  host: string
  /** What stands around the host, and must not. */
  odd: string[]
  /** Whether it is written as one that speaks TLS from the first byte. */
  isLdaps: boolean
}

const form =
  /^(?:([a-z]+):\/\/)?(?:\[([^\]]*)\]|([^:/[\]]*))(?::(\d+))?(\/.*)?$/i

const read = (text: string): Item => {
  const found = text.match(form)
  if (found === null) {
    return { host: text, odd: [], isLdaps: false }
  }
  const [, scheme, bracketed, plain, port, path] = found
  const odd = [
    ...(scheme === undefined ? [] : ['a scheme']),
    ...(bracketed === undefined ? [] : ['brackets']),
    ...(port === undefined ? [] : ['a port']),
    ...(path === undefined ? [] : ['a path']),
  ]
  return {
    host: bracketed ?? plain ?? '',
    odd,
    isLdaps: scheme?.toLowerCase() === 'ldaps' || port === '636',
  }
}

/** What to write instead of something that is not only hosts. */
const oddFault = (items: readonly Item[]): string | undefined => {
  const odd = [...new Set(items.flatMap(item => item.odd))]
  if (odd.length === 0) {
    return undefined
  }
  const hosts = items.map(({ host }) => host).join(',')
  const tls = items.some(({ isLdaps }) => isLdaps) ? ' and LDAPTLS=ldaps' : ''
  return `has ${listed(odd)}: write ${JSON.stringify(hosts)}${tls}`
}

const zoneFault = (host: string) =>
  host.includes('%') && "has a zone, which Synapse's LDAP module does not know"

/** LDAP servers: their ports follow from how they are spoken to. */
export const ldapServers: Kind<string[]> = {
  expects: 'hosts, by commas',
  parse: text => {
    const items = text.split(',').map(each => read(each.trim()))
    const hosts = items.map(({ host }) => host)
    const faults = hosts.map(host => hostFault(host) ?? zoneFault(host))
    return either(
      [...new Set(hosts)],
      faults.find(fault => fault) ?? oddFault(items),
    )
  },
}
