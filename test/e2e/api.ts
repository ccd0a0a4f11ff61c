// Synapse's client and admin API, called directly.

import { domain, type Setting } from './setting.ts'

export type Said = { status: number; [key: string]: unknown }

/** Sends a request to the listener for the jail itself. */
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

/** A request that only an administrator may send. */
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

/** The number of registrations in Synapse's log. */
export const registrations = async ({ jail }: Setting): Promise<number> => {
  const { stdout } = await jail.exec([
    'grep',
    '-c',
    'Processed request: .*POST /_synapse/admin/v1/register',
    '/var/log/matrix-synapse/homeserver.log',
  ])
  return Number(stdout)
}

/** Local overrides that allow any number of logins. */
export const patient = `rc_login:
  address: {per_second: 1000, burst_count: 1000}
  account: {per_second: 1000, burst_count: 1000}
  failed_attempts: {per_second: 1000, burst_count: 1000}
`
