import type { Host } from '../../host/host.ts'
import { hostPort } from '../../formats/ip.ts'
import type { Report } from '../../contract/report.ts'
import type { Probe } from '../../net/probe.ts'

const isLoopback = (address: string): boolean =>
  /^(::1|127\..*|localhost)$/.test(address)

const ask = async (host: Host): Promise<boolean> => {
  const names = ['security.jail.jailed', 'security.jail.vnet']
  if (!host.live) {
    return false
  }
  // Without sysctl(8) this is not a jail.
  const answer = await host
    .run('sysctl', ['-n', ...names], 10)
    .catch(() => undefined)
  return answer?.code === 0 && answer.stdout === '1\n0\n'
}

const asked = new WeakMap<Host, Promise<boolean>>()

/**
 * Whether this is a jail that shares the network stack of its host. The answer
 * never changes: an early call starts sysctl(8), later ones get its result.
 */
export const sharesStack = (host: Host): Promise<boolean> => {
  const answer = asked.get(host) ?? ask(host)
  asked.set(host, answer)
  return answer
}

/**
 * Warns of listeners that are meant for the jail alone but can be reached from
 * outside: in a jail without its own network stack a loopback address is the
 * jail's own address (prison_local_ip4 in FreeBSD's kern_jail.c).
 */
export const judgeNetwork = (
  isShared: boolean,
  probes: readonly Probe[],
  report: Report,
): void => {
  const local = probes.flatMap(each =>
    'address' in each && isLoopback(each.address) && !each.tls ? [each] : [],
  )
  for (const { address, port } of isShared ? local : []) {
    const message =
      'others may reach plain HTTP here, because this jail has no network ' +
      `stack of its own: block port ${port} on the host, or give the jail VNET`
    report.warning(hostPort(address, port), undefined, message)
  }
}
