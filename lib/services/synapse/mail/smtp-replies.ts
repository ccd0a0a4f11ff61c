import type { Socket } from 'node:net'
import { networkTrouble, trouble } from '../../../net/trouble.ts'

/** A reply of the server. */
export interface Reply {
  code: number
  /** Its lines without their codes. */
  lines: string[]
}

// A reply line has at most 512 bytes; no server needs as much as this.
const largest = 64 * 1024

/** Reads replies from a socket until it is stopped. */
export const replies = (socket: Socket) => {
  let text = ''
  let failure: Error | undefined
  let wake = (): void => undefined
  const hear = (data: Buffer): void => {
    text += data.toString('latin1')
    if (text.length > largest) {
      failure ??= trouble('sends more than a mail server does')
    }
    wake()
  }
  const fail = (error?: unknown): void => {
    failure ??= networkTrouble(error ?? trouble('closes the connection'))
    wake()
  }
  const close = (): void => fail()
  socket.on('data', hear).on('error', fail).on('close', close)
  const next = async (): Promise<Reply> => {
    for (;;) {
      const whole = text.match(/^(?:\d{3}-.*\r?\n)*\d{3}(?: .*)?\r?\n/)?.[0]
      if (whole !== undefined) {
        text = text.slice(whole.length)
        const lines = whole.trimEnd().split(/\r?\n/)
        return {
          code: Number(whole.slice(0, 3)),
          lines: lines.map(line => line.slice(4)),
        }
      }
      if (failure !== undefined) {
        throw failure
      }
      if (text.replace(/^(?:\d{3}-.*\r?\n)*/, '').includes('\n')) {
        throw trouble('does not speak SMTP on this port')
      }
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  }
  const stop = (): void =>
    void socket.off('data', hear).off('error', fail).off('close', close)
  return { next, stop }
}
