// Synapse as its clients and administrators see it, without a client between.

import { domain, type Setting } from './setting.ts'

export type Said = { status: number; [key: string]: unknown }

/** Asks at the listener that is for the jail itself. */
export const api = async (
  { jail }: Setting,
  method: string,
  path: string,
  body?: object,
  token?: unknown,
): Promise<Said> => {
  const { status, text } = await jail.fetch(`http://127.0.0.1:8008${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(token === undefined
      ? {}
      : { headers: { authorization: `Bearer ${String(token)}` } }),
  })
  return { ...JSON.parse(text), status }
}

const logInAs = (
  setting: Setting,
  identifier: object,
  password: string,
): Promise<Said> =>
  api(setting, 'POST', '/_matrix/client/v3/login', {
    type: 'm.login.password',
    identifier,
    password,
  })

export const logIn = (
  setting: Setting,
  user: string,
  password: string,
): Promise<Said> => logInAs(setting, { type: 'm.id.user', user }, password)

export const logInByMail = (
  setting: Setting,
  address: string,
  password: string,
): Promise<Said> =>
  logInAs(
    setting,
    { type: 'm.id.thirdparty', medium: 'email', address },
    password,
  )

/** What an account may ask about itself only if it is an administrator. */
export const isAdmin = async (
  setting: Setting,
  user: string,
  token: unknown,
): Promise<unknown> => {
  const id = encodeURIComponent(`@${user}:${domain}`)
  const path = `/_synapse/admin/v1/users/${id}/admin`
  const { status, admin } = await api(setting, 'GET', path, undefined, token)
  return status === 200 ? admin : status
}

/** How often accounts were asked for, by what Synapse has logged. */
export const registrations = async ({ jail }: Setting): Promise<number> => {
  const { stdout } = await jail.exec([
    'grep',
    '-c',
    'Processed request: .*POST /_synapse/admin/v1/register',
    '/var/log/matrix-synapse/homeserver.log',
  ])
  return Number(stdout)
}

/** Own settings with which a test may log in as often as it likes. */
export const patient = `rc_login:
  address: {per_second: 1000, burst_count: 1000}
  account: {per_second: 1000, burst_count: 1000}
  failed_attempts: {per_second: 1000, burst_count: 1000}
`
