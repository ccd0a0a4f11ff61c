// What a listener of a service answers: one question for each kind of check.

import { errorMessage, Failure } from '../contract/failure.ts'
import { connectTo, requestTo, type Peer } from './peer.ts'
import { patience } from './probe.ts'

/**
 * Asks a listener, for a limited time.
 * @param ask rejects or returns what is wrong; undefined if nothing is
 * @param signal gives it up
 */
const asked = async (
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

/**
 * Asks a listener for a path.
 * @returns what is wrong, or undefined if it answers 200
 */
export const healthFault = (
  peer: Peer,
  signal?: AbortSignal,
  path = '/health',
): Promise<string | undefined> =>
  asked(async open => {
    const asking = await requestTo(peer, { path }, open)
    const answer = new Promise<string | undefined>((resolve, reject) => {
      asking.on('response', ({ statusCode }) => {
        resolve(statusCode === 200 ? undefined : `answers ${statusCode}`)
        // Its body may never end.
        asking.destroy()
      })
      asking.on('error', reject)
      open.addEventListener('abort', () => reject(open.reason))
    })
    asking.end()
    return answer.finally(() => asking.destroy())
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
