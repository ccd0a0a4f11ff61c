import type { Socket } from 'node:net'
import { plain } from '../../../contract/report.ts'
import { replies, type Reply } from './smtp-replies.ts'

/** A conversation over a connection, secured or not. */
export interface Talk {
  socket: Socket
  isSecured: boolean
  next: () => Promise<Reply>
  ask: (line: string) => Promise<Reply>
  stop: () => void
}

/** Begins to read the replies from a connection. */
export const talkOver = (socket: Socket, isSecured: boolean): Talk => {
  const { next, stop } = replies(socket)
  const ask = (line: string): Promise<Reply> => {
    socket.write(`${line}\r\n`)
    return next()
  }
  return { socket, isSecured, next, ask, stop }
}

/** Whether a reply agrees: 200 to 299, as Twisted has it. */
export const agrees = ({ code }: Reply): boolean => code >= 200 && code < 300

const longest = 200

/**
 * A reply as messages show it: on one line.
 * @param sent what the server has got and must not be printed; without it the
 *   text is left out
 */
export const said = (
  { code, lines }: Reply,
  sent: readonly string[] = [],
): string => {
  const text = Buffer.from(lines.join(' '), 'latin1').toString()
  return sent.some(each => text.includes(each))
    ? String(code)
    : plain(`${code} ${text}`.trim())
        .slice(0, longest)
        // Does not cut a character of two code units in half.
        .replace(/[\ud800-\udbff]$/, '')
}
