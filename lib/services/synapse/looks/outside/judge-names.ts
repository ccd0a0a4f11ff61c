import type { Aim } from './aim.ts'
import type { Observed } from './observe.ts'
import { needsClientFile } from './judge-well-known.ts'
import type { Seen } from '../../../../engine/doctor/look.ts'

/** Whether names can be looked up, and have addresses. */
export const judgeNames = (
  { client, clientFile, federation, discovery }: Observed,
  aim: Aim,
): Seen<'dns-silent' | 'dns-address'>[] => {
  const { server } = aim
  const gone = [...(client ? [client] : []), ...federation]
  const silent =
    discovery?.silent !== undefined ||
    gone.some(({ named }) => 'silent' in named)
  if (silent) {
    const says =
      `no name server answers about ${server.host}; Synapse finds no other ` +
      'server, and clients may find none either'
    return [{ finding: 'dns-silent', says }, { hidden: ['dns-address'] }]
  }
  const direct = gone.filter(({ way }) => way.by === 'name' && !way.delegated)
  const lost = new Set([
    ...direct.flatMap(({ tries, way }) => (tries.length === 0 ? way.host : [])),
    ...(!clientFile.named && needsClientFile(aim) ? [server.host] : []),
  ])
  return [...lost].map(host => ({
    finding: 'dns-address',
    says: `${host} has no address in the DNS; nobody can connect to it`,
    mends: `add a record A or AAAA for ${host}`,
  }))
}
