// Questions to web servers outside, as others would ask: to one address, by the
// name that its certificate should have. The certificate is looked at, and
// whatever it is, the question is asked: nothing secret is in it.

import { request, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { errorCode } from '../contract/failure.ts'
import { hostPort } from '../formats/ip.ts'
import { secureToSee, type Served } from './connection.ts'
import { cancelled, connected, within, type Place } from './limited.ts'
import { networkTrouble } from './trouble.ts'

/** What an HTTP server answers. */
export interface Answer {
  status: number
  headers: Readonly<Record<string, string | undefined>>
  /** As UTF-8; what is longer than 256 KiB is cut. */
  text: string
}

/** What became of a question. */
export type Reply =
  | { got: 'answer'; answer: Answer; served: Served }
  /** It accepts connections, but answers nothing that HTTPS allows. */
  | { got: 'noise'; says: string; served?: Served }
  /** It has not answered yet, and maybe not even accepted the connection. */
  | { got: 'late'; accepted: boolean }
  /**
   * It accepts no connection: `no way` if this system has no route there, as
   * without IPv6.
   */
  | { got: 'nothing'; says: string; noWay: boolean }

/** How a question is asked. */
export interface Asking {
  path: string
  headers?: Readonly<Record<string, string>>
  /** The authorities to trust, in PEM. */
  roots: readonly string[]
  signal: AbortSignal
}

const longest = 256 * 1024

const noRoute = [
  ...['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT'],
  'EACCES',
]

const textOf = async (response: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of response) {
    parts.push(part as Buffer)
    length += (part as Buffer).length
    if (length > longest) {
      break
    }
  }
  return Buffer.concat(parts).subarray(0, longest).toString('utf8')
}

const hostOf = ({ host, name, port }: Place): string =>
  host ??
  (port === 443 ? hostPort(name, 0).replace(/:0$/, '') : hostPort(name, port))

const answerOf = (
  socket: Socket,
  place: Place,
  { path, headers }: Asking,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = request({
      path,
      headers: { ...headers, host: hostOf(place), connection: 'close' },
      createConnection: () => socket,
    })
    sent.on('response', response => {
      const { statusCode = 0, headers } = response
      textOf(response)
        .then(text =>
          resolve({
            status: statusCode,
            headers: Object.fromEntries(
              Object.entries(headers).map(([name, value]) => [
                name,
                [value].flat().join(', '),
              ]),
            ),
            text,
          }),
        )
        .catch(reject)
    })
    sent.on('error', reject)
    socket.on('close', () => reject(new Error('closes the connection')))
    sent.end()
  })

const nothing = (error: unknown): Reply => ({
  got: 'nothing',
  says: networkTrouble(error).message,
  noWay: noRoute.includes(errorCode(error) ?? ''),
})

const noise = (error: unknown, served?: Served): Reply => ({
  got: 'noise',
  says: networkTrouble(error).message.replace(/^cannot be used: /, ''),
  ...(served === undefined ? {} : { served }),
})

/** Asks a server outside by HTTPS. It throws nothing. */
export const askWeb = async (place: Place, asking: Asking): Promise<Reply> => {
  let socket: Socket
  try {
    socket = await connected(place, asking.signal)
  } catch (error) {
    return errorCode(error) === cancelled
      ? { got: 'late', accepted: false }
      : nothing(error)
  }
  let seen: Served | undefined
  try {
    const reply = await within(socket, asking.signal, async () => {
      const { name } = place
      const { secured, served } = await secureToSee(socket, name, asking.roots)
      seen = served
      const answer = await answerOf(secured, place, asking)
      return { got: 'answer', answer, served } as const
    })
    return reply ?? { got: 'late', accepted: true }
  } catch (error) {
    return noise(error, seen)
  }
}

/**
 * Whether a server refuses a request of some length when it reads the head of
 * it: nothing of the body is sent.
 * @returns the status; undefined if it would read on
 */
export const refusalOf = async (
  place: Place,
  length: number,
  { path, roots, signal }: Asking,
): Promise<number | undefined> => {
  try {
    const socket = await connected(place, signal)
    return await within(
      socket,
      AbortSignal.any([signal, AbortSignal.timeout(800)]),
      async () => {
        const { secured } = await secureToSee(socket, place.name, roots)
        secured.write(
          `POST ${path} HTTP/1.1\r\nHost: ${hostOf(place)}\r\n` +
            `Content-Length: ${length}\r\nExpect: 100-continue\r\n` +
            'Content-Type: application/octet-stream\r\n\r\n',
        )
        let said = ''
        for await (const data of secured) {
          said += String(data)
          if (said.includes('\n') || said.length > 100) {
            break
          }
        }
        const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(said) ?? []
        return status === undefined || status === '100'
          ? undefined
          : Number(status)
      },
    )
  } catch {
    return undefined
  }
}
