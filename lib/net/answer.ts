// What a listener of a service answers: one question for each kind of check.

import type { Socket } from 'node:net'
import { errorMessage, Failure } from '../contract/failure.ts'
import { connectTo, secured, type Peer } from './peer.ts'
import { originOf, patience, type Probe } from './probe.ts'

/**
 * Asks a listener, for a limited time.
 * @param ask rejects or returns what is wrong; undefined if nothing is
 * @param signal gives it up
 */
export const asked = async (
  ask: (signal: AbortSignal) => Promise<string | undefined>,
  signal: AbortSignal | undefined,
): Promise<string | undefined> => {
  const limit = AbortSignal.timeout(patience)
  const open = signal === undefined ? limit : AbortSignal.any([limit, signal])
  try {
    return await ask(open)
  } catch (error) {
    return limit.aborted ? 'no answer' : errorMessage(error).trim()
  }
}

const statusLine = /^HTTP\/1\.[01] (\d{3})\b/

// In characters. A head may not end; the body, which may not end either, is not
// read.
const longest = 16_384

const statusFault = async (
  socket: Socket,
  at: Probe,
  path: string,
): Promise<string | undefined> => {
  const fields = Object.entries({
    ...{ Host: 'localhost', Connection: 'close' },
    ...originOf(at),
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`GET ${path} HTTP/1.1\r\n${fields.join('')}\r\n`)
  let said = ''
  for await (const data of socket) {
    said += data.toString('latin1')
    const isHttp = statusLine.test(said) || !said.includes('\n')
    if (!isHttp || said.includes('\r\n\r\n') || said.length > longest) {
      break
    }
  }
  const [, status] = statusLine.exec(said) ?? []
  return status === '200'
    ? undefined
    : status !== undefined
      ? `answers ${status}`
      : said === ''
        ? 'ends the connection'
        : 'answers, but not as HTTP does'
}

/**
 * Asks a listener for a path. Without node:http: that takes longer to load than
 * the whole question takes, and a run that has nothing to do does little else.
 * @returns what is wrong, or undefined if it answers 200
 */
export const healthFault = (
  peer: Peer,
  signal?: AbortSignal,
  path = '/health',
): Promise<string | undefined> =>
  asked(async open => {
    const socket = await secured(peer, open)
    try {
      return await statusFault(socket, peer.at, path)
    } finally {
      socket.destroy()
    }
  }, signal)

/** Whether it accepts a connection: what is wrong, or undefined. */
export const acceptanceFault = (
  peer: Peer,
  signal?: AbortSignal,
): Promise<string | undefined> =>
  asked(async open => {
    try {
      const socket = await connectTo(peer, open)
      socket.destroy()
      return undefined
    } catch (error) {
      return error instanceof Failure
        ? error.message
        : 'does not accept connections'
    }
  }, signal)

/**
 * Whether it takes a TLS handshake, with any certificate: what is wrong, or
 * undefined.
 */
export const handshakeFault = (
  peer: Peer,
  signal?: AbortSignal,
): Promise<string | undefined> =>
  asked(async open => {
    const socket = await connectTo(peer, open)
    try {
      await (await import('./connection.ts')).secureOwn(socket)
      return undefined
    } finally {
      socket.destroy()
    }
  }, signal)
