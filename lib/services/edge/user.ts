// Who runs Caddy: www, if it may bind ports below 1024.

import type { Host } from '../../host/host.ts'
import { paths } from '../../contract/paths.ts'
import type { Report } from '../../contract/report.ts'
import { edgeUser } from './running.ts'

/** The last port that is root's alone (ip(4)). */
export const portsOfRoot = 'net.inet.ip.portrange.reservedhigh'

/** Who runs Caddy, and what that needs. */
export interface Runner {
  user: string
  group: string
  /** The value of `portsOfRoot` now, if cook is to set it. */
  ports?: string
}

const root: Runner = { user: 'root', group: 'wheel' }
const www: Runner = { user: edgeUser, group: edgeUser }

const names = ['security.jail.jailed', 'security.jail.vnet', portsOfRoot]

const valuesOf = async (host: Host): Promise<string[]> => {
  const answer = await host
    .run('sysctl', ['-n', ...names], 10)
    .catch(() => undefined)
  return answer?.code === 0 ? answer.stdout.trim().split('\n') : []
}

/**
 * In a jail with VNET root may open the low ports to all users of that jail.
 * Otherwise only the host can, for all its jails.
 */
export const runnerOf = async (host: Host, report: Report): Promise<Runner> => {
  if (!host.live) {
    return { ...www, ports: '0' }
  }
  const [jailed, vnet, ports = '1023'] = await valuesOf(host)
  if (jailed === '1' && vnet === '1') {
    return { ...www, ports }
  }
  if (ports === '0') {
    return www
  }
  const message =
    'Caddy runs as root, because no other user may bind ports below 1024 here: ' +
    `give the jail VNET, or set ${portsOfRoot}=0 on the host`
  report.warning('EDGE', undefined, message)
  return root
}

/**
 * Where Caddy's own files are. root creates nothing in a directory of www, and
 * what root has created there www could not read: so each has its own.
 */
export const storageOf = ({ user }: Runner): string =>
  user === edgeUser ? paths.caddyData : paths.caddyRootData
