import type { HealthCheck } from '../../engine/steps/daemon.ts'
import { paths } from '../../contract/paths.ts'
import { federationPort } from '../../formats/server-name.ts'
import { isIPv6 } from '../../formats/ip.ts'
import type { Params } from '../../params/params.ts'
import type { Probe } from '../../net/probe.ts'

const clientPort = 8008

/** A listener at addresses. */
export interface PortListener {
  port: number
  tls: boolean
  xForwarded: boolean
  addresses: readonly string[]
  /** Whether the addresses are those of the parameter IP. */
  fromIp: boolean
}

/** A listener at a socket of the file system. */
export interface SocketListener {
  socket: string
}

/** One of Synapse's listeners. */
export type Listener = PortListener | SocketListener

/** The parameters that say where Synapse listens. */
export type Where = Pick<Params, 'ip' | 'noSsl' | 'edge'>

// A jail may have addresses of one family only, and no loopback address of the
// other: Synapse would die of it.
const loopback = (ip: readonly string[]): string =>
  ip.every(isIPv6) ? '::1' : '127.0.0.1'

const ports = ({ ip, noSsl }: Where): PortListener[] =>
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

/**
 * Where Synapse listens. Behind the edge it has no port: nobody else could reach
 * one, but in a jail without its own network stack.
 */
export const listeners = (params: Where): Listener[] =>
  params.edge ? [{ socket: paths.synapseSocket }] : ports(params)

const probesAt = (listener: Listener): Probe[] => {
  if ('socket' in listener) {
    return [listener]
  }
  const { addresses, port, tls } = listener
  return addresses.map(address => ({ address, port, tls }))
}

/** Where Synapse must answer. */
export const probesOf = (params: Where): Probe[] =>
  listeners(params).flatMap(probesAt)

/** Whether Synapse itself uses the certificate. */
export const servesTls = ({ noSsl, edge }: Omit<Where, 'ip'>): boolean =>
  !noSsl && !edge

/** How Synapse's health is found out at a listener. */
export const healthAt = (at: Probe): HealthCheck => ({
  kind: 'http',
  at,
  path: '/health',
})
