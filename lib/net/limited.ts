// Connections to servers outside that are not waited for any longer than others
// would wait.

import { connect, type Socket } from 'node:net'

/** Where a question goes. */
export interface Place {
  address: string
  port: number
  /** The name in the certificate, and in the question's Host. */
  name: string
  /** The Host if it differs. */
  host?: string
}

// In milliseconds: until a connection stands, and until an answer is there.
const patience = { connection: 1500, answer: 2000 }

/** The code of a connection that was not waited for. */
export const cancelled = 'ECANCELED'

// When a process has not run for a while, its timers come before what has
// happened in between.
const after = (limit: number, end: () => void) =>
  setTimeout(() => setImmediate(end), limit)

/** @throws the error of connect(2), or one with the code `cancelled` */
export const connected = (
  { address, port }: Place,
  signal: AbortSignal,
): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: address, port })
    let isThere = false
    const end = (code: string) => (): void => {
      if (!isThere) {
        socket.destroy()
        reject(Object.assign(new Error(), { code }))
      }
    }
    const giveUp = end(cancelled)
    const limit = after(patience.connection, end('ETIMEDOUT'))
    signal.addEventListener('abort', giveUp)
    socket.on('close', () => {
      clearTimeout(limit)
      signal.removeEventListener('abort', giveUp)
    })
    socket.once('connect', () => {
      isThere = true
      clearTimeout(limit)
      resolve(socket)
    })
    socket.on('error', reject)
    signal.aborted && giveUp()
  })

/**
 * Runs a task on a connection, which is closed afterwards.
 * @returns undefined if it was late
 */
export const within = async <T>(
  socket: Socket,
  signal: AbortSignal,
  task: () => Promise<T>,
): Promise<T | undefined> => {
  let isLate = false
  const close = (): void => void socket.destroy()
  const giveUp = (): void => {
    isLate = true
    close()
  }
  const limit = after(patience.answer, giveUp)
  signal.addEventListener('abort', giveUp)
  try {
    signal.aborted && giveUp()
    return await task()
  } catch (error) {
    if (!isLate) {
      throw error
    }
    return undefined
  } finally {
    clearTimeout(limit)
    signal.removeEventListener('abort', giveUp)
    close()
  }
}

/** Whether anything accepts a connection there. */
export const isOpen = async (
  place: Place,
  signal: AbortSignal,
): Promise<boolean> => {
  try {
    const socket = await connected(place, signal)
    socket.destroy()
    return true
  } catch {
    return false
  }
}
