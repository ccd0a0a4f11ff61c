import type { HealthCheck } from '../../engine/steps/daemon.ts'
import { isIPv6 } from '../../formats/ip.ts'
import type { Params } from '../../params/params.ts'
import type { Probe } from '../../net/probe.ts'

/** The port for other servers, and for clients when Synapse serves TLS. */
export const federationPort = 8448

const clientPort = 8008

/** One of Synapse's listeners. */
export interface Listener {
  port: number
  tls: boolean
  xForwarded: boolean
  addresses: readonly string[]
  /** Whether the addresses are those of the parameter IP. */
  fromIp: boolean
}

type Where = Pick<Params, 'ip' | 'noSsl'>

// A jail may have addresses of one family only, and no loopback address of the
// other: Synapse would die of it.
const loopback = (ip: readonly string[]): string =>
  ip.every(isIPv6) ? '::1' : '127.0.0.1'

/** Where Synapse listens. */
export const listeners = ({ ip, noSsl }: Where): Listener[] =>
  noSsl
    ? [
        {
          port: clientPort,
          tls: false,
          xForwarded: true,
          addresses: ip,
          fromIp: true,
        },
      ]
    : [
        {
          port: federationPort,
          tls: true,
          xForwarded: false,
          addresses: ip,
          fromIp: true,
        },
        // In a jail without its own network stack other hosts may reach this
        // listener too, so it must not trust X-Forwarded-For.
        {
          port: clientPort,
          tls: false,
          xForwarded: false,
          addresses: [loopback(ip)],
          fromIp: false,
        },
      ]

/** Where Synapse must answer. */
export const probesOf = (params: Where): Probe[] =>
  listeners(params).flatMap(({ addresses, port, tls }) =>
    addresses.map(address => ({ address, port, tls })),
  )

/** How Synapse's health is found out at a listener. */
export const healthAt = (at: Probe): HealthCheck => ({
  kind: 'http',
  at,
  path: '/health',
})
