// The only module that uses Synapse's HTTP API.

import { createHmac } from 'node:crypto'
import type { ClientRequest } from 'node:http'
import { errorMessage, exit, Failure } from '../../../contract/failure.ts'
import { requestTo, type Peer } from '../../../net/peer.ts'
import { probeName } from '../../../net/probe.ts'
import { Secret } from '../../../contract/secret.ts'

/** A JSON object, as Synapse sends and expects it. */
type Json = Readonly<Record<string, unknown>>

// Synapse needs time to hash a password and to join rooms.
const patience = 30_000

// Synapse's answers to cook are far shorter.
const largest = 1024 * 1024

interface Answer {
  status: number
  text: string
}

const answerTo = (
  asking: ClientRequest,
  body: string | undefined,
  signal: AbortSignal,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    asking.on('response', response => {
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        size += chunk.length
        if (size > largest) {
          asking.destroy(new Error('its answer is too long'))
        }
      })
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          text: Buffer.concat(chunks).toString(),
        }),
      )
    })
    asking.on('error', reject)
    signal.addEventListener('abort', () => {
      asking.destroy()
      reject(signal.reason)
    })
    asking.end(body)
  })

const ask = async (
  peer: Peer,
  method: string,
  path: string,
  body: string | undefined,
  token: Secret | undefined,
): Promise<Answer> => {
  const over = new AbortController()
  const limit = setTimeout(
    () => over.abort(new Error(`no answer in ${patience / 1000} s`)),
    patience,
  )
  const headers = {
    ...(body === undefined
      ? {}
      : {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        }),
    ...(token === undefined
      ? {}
      : { authorization: `Bearer ${token.reveal()}` }),
  }
  try {
    const options = { method, path, headers }
    const asking = await requestTo(peer, options, over.signal)
    return await answerTo(asking, body, over.signal)
  } finally {
    clearTimeout(limit)
  }
}

const objectIn = (text: string): Json => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** A refusal by Synapse, as the cause of a failure. */
interface Refusal {
  status: number
  errcode: string
}

const refusalOf = (error: unknown): Partial<Refusal> | undefined =>
  error instanceof Failure ? (error.cause as Partial<Refusal>) : undefined

/** Synapse's error code (`M_USER_IN_USE`) in a failure, if it has one. */
export const errcodeOf = (error: unknown): string | undefined =>
  refusalOf(error)?.errcode

/** Whether Synapse refuses a request and would do so again. */
export const isRefused = (error: unknown): boolean => {
  const { status = 0 } = refusalOf(error) ?? {}
  return status >= 400 && status < 500 && status !== 429
}

/** Whether Synapse failed, and does not say why (M_UNKNOWN). */
export const isBroken = (error: unknown): boolean =>
  (refusalOf(error)?.status ?? 0) >= 500

// Any program may have answered: the text must not control a terminal.
const plain = (text: string): string =>
  text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 300)

/**
 * Sends a request to one of Synapse's listeners. Nothing is sent if another
 * user's process has accepted the connection: whoever forwards a registration
 * to Synapse would learn the password.
 * @param path with its query, ready for the request line
 * @param token an access token
 * @throws {Failure} exit 69 if there is no answer, or a refusal, whose code
 *   `errcodeOf` returns
 */
export const request = async (
  peer: Peer,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: Json,
  token?: Secret,
): Promise<Json> => {
  const sent = body === undefined ? undefined : JSON.stringify(body)
  const answer = ask(peer, method, path, sent, token).catch(error => {
    const message = `${probeName(peer.at)}: ${errorMessage(error)}`
    throw new Failure(exit.unavailable, message, { cause: error })
  })
  const { status, text } = await answer
  const json = objectIn(text)
  if (status >= 200 && status < 300) {
    return json
  }
  const { errcode, error } = json
  const refusal: Refusal = {
    status,
    errcode: typeof errcode === 'string' ? plain(errcode) : '',
  }
  const said = typeof error === 'string' ? plain(error) : `answers ${status}`
  throw new Failure(
    exit.unavailable,
    `${probeName(peer.at)}: ${said} (${refusal.errcode || status})`,
    { cause: refusal },
  )
}

/** A required text in an answer. */
export const textIn = (peer: Peer, json: Json, key: string): string => {
  const value = json[key]
  if (typeof value !== 'string') {
    const message = `${probeName(peer.at)}: the answer has no ${key}`
    throw new Failure(exit.unavailable, message)
  }
  return value
}

const registerPath = '/_synapse/admin/v1/register'

/**
 * Requests the nonce for the next registration. This also shows whether a
 * listener accepts registrations at all.
 */
export const nonceFrom = async (peer: Peer): Promise<string> =>
  textIn(peer, await request(peer, 'GET', registerPath), 'nonce')

/** An account to create. */
interface NewAccount {
  /** The localpart. */
  user: string
  password: Secret
  admin: boolean
  /** Whether to log in: that creates a device and an access token. */
  logIn?: boolean
  /** Whether it belongs to a program and not to a person. */
  isBot?: boolean
  displayName?: string
}

/** An account that was created. */
interface Registered {
  userId: string
  token: Secret | undefined
}

/**
 * Registers an account with Synapse's registration_shared_secret.
 * https://element-hq.github.io/synapse/latest/admin_api/register_api.html
 * @throws {Failure} exit 69; its `errcodeOf` is M_USER_IN_USE if the name is
 *   taken
 */
export const registerBySharedSecret = async (
  peer: Peer,
  secret: Secret,
  account: NewAccount,
): Promise<Registered> => {
  const { user, password, admin, logIn = false, isBot = false } = account
  const nonce = await nonceFrom(peer)
  const rights = admin ? 'admin' : 'notadmin'
  const signed = [nonce, user, password.reveal(), rights]
  const mac = createHmac('sha1', secret.reveal())
    .update([...signed, ...(isBot ? ['bot'] : [])].join('\0'))
    .digest('hex')
  const answer = await request(peer, 'POST', registerPath, {
    nonce,
    username: user,
    password: password.reveal(),
    admin,
    mac,
    inhibit_login: !logIn,
    user_type: isBot ? 'bot' : undefined,
    displayname: account.displayName,
  }).catch(error => {
    throw refusalOf(error)?.status === 403
      ? new Failure(
          exit.unavailable,
          "Synapse uses another registration_shared_secret than its file's: " +
            'run cook to restart it',
          { cause: error.cause },
        )
      : error
  })
  return {
    userId: textIn(peer, answer, 'user_id'),
    token: logIn ? new Secret(textIn(peer, answer, 'access_token')) : undefined,
  }
}
