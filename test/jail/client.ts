// A Matrix client, to test a homeserver like a user. Prints one JSON object.
//   node client.ts --url URL [--insecure] register USER PASSWORD [--admin]
//                                         (shared secret: MATRIX_SHARED_SECRET)
//   node client.ts --url URL [--insecure] login USER PASSWORD
//   node client.ts --url URL [--insecure] whoami
//                                         (token: MATRIX_ACCESS_TOKEN)
//   node client.ts --url URL [--insecure] send-and-read USER PASSWORD TEXT

import { createHmac } from 'node:crypto'
import { parseArgs } from 'node:util'
import { ClientEvent, createClient, RoomEvent } from 'matrix-js-sdk'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8008' },
    insecure: { type: 'boolean', default: false },
    admin: { type: 'boolean', default: false },
  },
})
const [command, user = '', password = '', body = ''] = positionals
const baseUrl = values.url

// Node warns of --insecure, and of the localStorage that the SDK accesses.
process.removeAllListeners('warning')
if (values.insecure) process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'

// The SDK logs to the console that it finds when it is loaded.
const { log, error: complain } = console
for (const level of ['trace', 'debug', 'info', 'log', 'warn', 'error']) {
  Object.assign(console, { [level]: () => {} })
}

const call = async (path: string, body?: object) => {
  const answer = await fetch(baseUrl + path, {
    method: body ? 'POST' : 'GET',
    ...(body && { body: JSON.stringify(body) }),
  })
  const json = (await answer.json()) as Record<string, string>
  if (!answer.ok) throw Object.assign(new Error(json['error']), json)
  return json
}

// https://element-hq.github.io/synapse/latest/admin_api/register_api.html
const register = async () => {
  const path = '/_synapse/admin/v1/register'
  const { nonce } = await call(path)
  const admin = values.admin
  const parts = [nonce, user, password, admin ? 'admin' : 'notadmin']
  const mac = createHmac('sha1', process.env['MATRIX_SHARED_SECRET'] ?? '')
    .update(parts.join('\0'))
    .digest('hex')
  return call(path, { nonce, username: user, password, admin, mac })
}

const login = () =>
  createClient({ baseUrl }).loginRequest({
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user },
    password,
  })

const whoami = () =>
  createClient({
    baseUrl,
    accessToken: process.env['MATRIX_ACCESS_TOKEN'] ?? '',
  }).whoami()

const sendAndRead = async () => {
  const { access_token, user_id, device_id } = await login()
  const client = createClient({
    baseUrl,
    accessToken: access_token,
    userId: user_id,
    deviceId: device_id,
  })
  try {
    const { room_id } = await client.createRoom({ name: 'A room' })
    const { event_id } = await client.sendTextMessage(room_id, body)
    // The first sync comes afterwards: so the server has stored what it
    // returns.
    const read = new Promise<string>((resolve, reject) => {
      client.on(RoomEvent.Timeline, event => {
        if (event.getId() === event_id) resolve(event.getContent()['body'])
      })
      client.on(ClientEvent.SyncUnexpectedError, reject)
    })
    await client.startClient({ initialSyncLimit: 10 })
    return { user_id, room_id, event_id, body: await read }
  } finally {
    client.stopClient()
  }
}

const commands: Record<string, () => Promise<object>> = {
  register,
  login,
  whoami,
  'send-and-read': sendAndRead,
}

try {
  const run = commands[command ?? '']
  if (!run) throw new Error(`no such command: ${command}`)
  log(JSON.stringify(await run()))
  process.exit(0) // the client's timers would keep it
} catch (error) {
  const { message, errcode } = error as { message: string; errcode?: string }
  complain(JSON.stringify({ error: message, errcode }))
  process.exit(1)
}
