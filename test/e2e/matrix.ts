// The Matrix client API, as the end-to-end tests ask it.

import type { Init } from '../jail/fetch.ts'
import { secret, type Setting } from './setting.ts'

/** What the server answered. */
export interface Reply {
  status: number
  body: Record<string, unknown>
}

/** A user of a homeserver, who asks it. */
export interface User {
  id: string
  headers: Record<string, string>
  ask: (method: string, path: string, init?: Init) => Promise<Reply>
}

/** Asks without a user's token. */
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
 * Registers a user, an administrator if that is said.
 * @param base where the homeserver is asked
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
