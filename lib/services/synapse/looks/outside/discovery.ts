// Where other servers connect for a server name (Matrix specification,
// server-server API, "Resolving server names").

import { foundOf, type Asking } from './asking.ts'
import { isIP } from '../../../../formats/ip.ts'
import { endOf, wellKnown, type WellKnown } from './well-known.ts'
import { objectIn } from './keys.ts'
import {
  federationPort,
  parseServerName,
  type ServerName,
} from '../../../../formats/server-name.ts'

/** One place where others connect. */
export interface Way {
  /** What has led there. */
  by: 'name' | 'srv'
  /** Whether /.well-known/matrix/server has led there first. */
  delegated: boolean
  /** The host that has an address in the DNS, and the port. */
  host: string
  port: number
  /** The name in the certificate and in the request. */
  name: string
  /** The Host of the request. */
  hostHeader: string
  /** Whether the port is the default one, which nobody has written. */
  portless: boolean
}

/** All that others find out. */
export interface Discovery {
  /** Undefined if a server name with a port, or an address, needs none. */
  file: WellKnown | undefined
  /** What m.server says, if it can be used. */
  delegate: ServerName | undefined
  /** Where they connect, the preferred place first. */
  ways: Way[]
  /** Why the DNS says nothing about SRV. */
  silent: string | undefined
}

// More records SRV than that are not looked at.
const most = 3

const byName = ({ host, port, name }: ServerName, delegated: boolean): Way => ({
  ...{ by: 'name', delegated, host, name: host },
  port: port ?? federationPort,
  hostHeader: name,
  portless: port === undefined,
})

/** Steps 3.3 to 3.5, or 4 to 6 of the specification. */
const byRecords = async (
  asking: Asking,
  server: ServerName,
  delegated: boolean,
): Promise<{ ways: Way[]; silent: string | undefined }> => {
  const { host } = server
  const [now, old] = await Promise.all(
    ['_matrix-fed', '_matrix'].map(label =>
      asking.services(`${label}._tcp.${host}`),
    ),
  )
  const records = [now!, old!].map(foundOf).find(each => each.length > 0) ?? []
  const [silent] = [now!, old!].flatMap(each =>
    'silent' in each ? [each.silent] : [],
  )
  const ways = records.slice(0, most).map(
    ({ name, port }): Way => ({
      ...{ by: 'srv', delegated, host: name, port, name: host },
      hostHeader: server.name,
      portless: false,
    }),
  )
  return { ways: ways.length > 0 ? ways : [byName(server, delegated)], silent }
}

const waysOf = (asking: Asking, server: ServerName, delegated: boolean) =>
  isIP(server.host) !== 0 || server.port !== undefined
    ? { ways: [byName(server, delegated)], silent: undefined }
    : byRecords(asking, server, delegated)

/** What m.server of an answer names, or undefined. */
export const delegateIn = (file: WellKnown): ServerName | undefined => {
  const end = endOf(file)
  if (end?.got !== 'answer' || end.answer.status !== 200) {
    return undefined
  }
  const { 'm.server': said } = objectIn(end.answer.text) ?? {}
  const server =
    typeof said === 'string' ? parseServerName(said.toLowerCase()) : ''
  return typeof server === 'string' ? undefined : server
}

/** Finds out where others connect. */
export const discover = async (
  asking: Asking,
  server: ServerName,
): Promise<Discovery> => {
  if (isIP(server.host) !== 0 || server.port !== undefined) {
    const none = { file: undefined, delegate: undefined }
    return { ...none, ...(await waysOf(asking, server, false)) }
  }
  const file = await wellKnown(asking, server.host, 'server')
  const delegate = delegateIn(file)
  const ways =
    delegate === undefined
      ? waysOf(asking, server, false)
      : waysOf(asking, delegate, true)
  return { file, delegate, ...(await ways) }
}
