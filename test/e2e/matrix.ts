// The Matrix client API for the end-to-end tests.

import type { Init } from '../jail/fetch.ts'
import { secret, type Setting } from './setting.ts'

/** The answer of the server. */
export interface Reply {
  status: number
  body: Record<string, unknown>
}

/** A user of a homeserver, who sends requests. */
export interface User {
  id: string
  headers: Record<string, string>
  ask: (method: string, path: string, init?: Init) => Promise<Reply>
}

/** Sends a request without a token. */
export const ask = async (
  { jail }: Setting,
  url: string,
  init: Init = {},
): Promise<Reply> => {
  const { status, text } = await jail.fetch(url, { insecure: true, ...init })
  try {
    return { status, body: JSON.parse(text) }
  } catch {
    return { status, body: { text } }
  }
}

/**
 * Registers a user, or an administrator.
 * @param base the URL of the homeserver
 */
export const join = async (
  setting: Setting,
  name: string,
  base = 'http://127.0.0.1:8008',
  ...flags: '--admin'[]
): Promise<User> => {
  const { user_id, access_token } = await setting.client(
    ['--url', base, '--insecure', 'register', name, 'a password', ...flags],
    { MATRIX_SHARED_SECRET: secret(setting.jail).trim() },
  )
  const headers = { authorization: `Bearer ${access_token}` }
  return {
    id: user_id ?? '',
    headers,
    ask: (method, path, init = {}) =>
      ask(setting, `${base}/_matrix/client/v3${path}`, {
        ...init,
        method,
        headers: { ...headers, ...init.headers },
      }),
  }
}
