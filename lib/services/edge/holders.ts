// Who has the ports that the edge needs.

import { exit, Failure } from '../../contract/failure.ts'
import { addressBytes, hostPort } from '../../formats/ip.ts'
import { isUnspecified } from '../../formats/server-name.ts'
import { processOf } from '../../engine/health/running.ts'
import type { Diagnosis } from '../../engine/steps/daemon.ts'
import type { Host } from '../../host/host.ts'
import type { Params } from '../../params/params.ts'
import { securePorts } from './config/index.ts'
import { edgeRuns } from './running.ts'
import { paths } from '../../contract/paths.ts'

interface Holder {
  user: string
  command: string
  pid: string
  /** The address, or `*`. */
  address: string
  port: number
}

// USER, COMMAND, PID, FD, PROTO, LOCAL and FOREIGN ADDRESS of sockstat(1).
const line = /^(\S+) +(\S.*?) +(\d+) +\d+ +tcp\d* +(\S+):(\d+) +\S+ *$/

const listening = async (
  host: Host,
  ports: readonly number[],
): Promise<Holder[]> => {
  const args = ['-46lqw', '-P', 'tcp', '-p', ports.join()]
  const ran = await host.run('sockstat', args, 10).catch(() => undefined)
  return (ran?.stdout ?? '').split('\n').flatMap(each => {
    const [, user, command, pid, address, port] = each.match(line) ?? []
    return user && command && pid && address
      ? [{ user, command, pid, address, port: Number(port) }]
      : []
  })
}

const bytes = (address: string): string => addressBytes(address).join()

const isAt = (ip: readonly string[], { address }: Holder): boolean =>
  address === '*' ||
  ip.some(each => isUnspecified(each) || bytes(each) === bytes(address))

const told = ({ user, command, pid, address, port }: Holder): string =>
  `${address === '*' ? `port ${port}` : hostPort(address, port)} is held by ` +
  `${command} (user ${user}, process ${pid})`

const advice =
  'stop it and keep it from starting again (service(8), sysrc(8)), or set ' +
  'EDGE=no'

/**
 * The failure if another program has a port of the edge. Synapse has one without
 * the edge, and gives it up.
 */
export const heldPorts = async (
  host: Host,
  right: Pick<Params, 'ip' | 'federation'>,
): Promise<Failure | undefined> => {
  // Caddy has them.
  if (processOf(host, { pidFile: paths.caddyPidFile, runs: edgeRuns })) {
    return undefined
  }
  const found = await listening(host, [80, ...securePorts(right)])
  const others = found.filter(
    each => isAt(right.ip, each) && each.user !== 'synapse',
  )
  const [first] = others
  return first === undefined
    ? undefined
    : new Failure(
        exit.unavailable,
        `${told(first)}, and EDGE=yes needs it: ${advice}`,
        { details: others.slice(1).map(told) },
      )
}

const inUse = /listen tcp (\S+):(\d+): bind: address already in use/

/** Says who has the port that Caddy could not bind. */
export const diagnoseEdge = async (
  host: Host,
  lines: readonly string[],
): Promise<Diagnosis | undefined> => {
  const [, , port] =
    lines.findLast(each => inUse.test(each))?.match(inUse) ?? []
  const [holder] = port === undefined ? [] : await listening(host, [+port])
  return holder && { message: `${told(holder)}: ${advice}`, isCertain: true }
}
