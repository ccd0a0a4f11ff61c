import { listed } from '../../contract/report.ts'
import { hostFault } from '../../formats/server-name.ts'
import { either, type Kind } from './parsed.ts'

interface Item {
  host: string
  /** What surrounds the host, and must not. */
  odd: string[]
  /** Whether it is written as a server that speaks TLS from the first byte. */
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

/** The error for a list that is not only hosts, with what to write instead. */
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
  host.includes('%') &&
  "has a zone index, which Synapse's LDAP module does not support"

/** LDAP servers, without ports: LDAPTLS determines the port. */
export const ldapServers: Kind<string[]> = {
  expects: 'comma-separated hosts',
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
