import { request as plainRequest, type RequestOptions } from 'node:http'
import { connect } from 'node:net'
import type { Probe } from './step.ts'

// A server that takes longer than this to answer /health is not healthy yet.
const patience = 2000

/** Where to connect for a listener that is bound to all addresses. */
export const reachable = (address: string): string =>
  address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address

export const probeName = ({ address, port, tls }: Probe): string =>
  `http${tls ? 's' : ''}://${address.includes(':') ? `[${address}]` : address}:${port}`

/**
 * Asks a listener for /health.
 * @returns what is wrong, or nothing when it answers 200
 */
export const healthFault = async (
  probe: Probe,
): Promise<string | undefined> => {
  const options: RequestOptions & { rejectUnauthorized: boolean } = {
    host: reachable(probe.address),
    port: probe.port,
    path: '/health',
    timeout: patience,
    agent: false,
    // Whether the certificate is right was judged before; here the question
    // is whether Synapse answers.
    rejectUnauthorized: false,
  }
  const request = probe.tls
    ? (await import('node:https')).request
    : plainRequest
  return new Promise(resolve => {
    const asking = request(options, response => {
      response.resume()
      const { statusCode } = response
      resolve(statusCode === 200 ? undefined : `answers ${statusCode}`)
    })
    asking.on('timeout', () => asking.destroy(new Error('no answer')))
    asking.on('error', error => resolve(error.message))
    asking.end()
  })
}

/** Whether anything at all listens there. */
export const isTaken = (probe: Probe): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({
      host: reachable(probe.address),
      port: probe.port,
      timeout: patience,
    })
    const end = (taken: boolean) => () => {
      socket.destroy()
      resolve(taken)
    }
    socket.on('connect', end(true))
    socket.on('timeout', end(false))
    socket.on('error', end(false))
  })
