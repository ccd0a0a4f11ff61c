// Synapse's API, with servers that answer like Synapse or wrongly.
// test/e2e/users.ts tests it with the real Synapse.

import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import {
  newCertificate,
  newCertificateKey,
} from '../../../../lib/tls/certificate.ts'
import { exit, Failure } from '../../../../lib/contract/failure.ts'
import {
  errcodeOf,
  registerBySharedSecret,
  request,
} from '../../../../lib/services/synapse/api/matrix.ts'
import { reveal, Secret } from '../../../../lib/contract/secret.ts'
import type { Peer } from '../../../../lib/net/peer.ts'
import { probeName } from '../../../../lib/net/probe.ts'
import { peerAt } from '../../../small/peer.ts'

interface Asked {
  line: string
  token: string | undefined
  body: string
}

type Reply = (asked: Asked) => { status?: number; text: string } | undefined

const read = async (message: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const chunk of message.setEncoding('utf8')) {
    text += chunk
  }
  return text
}

const listen = async (t: Test, server: Server, tls: boolean): Promise<Peer> => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return peerAt({ address: '127.0.0.1', port, tls })
}

const listenerOf =
  (reply: Reply, asked: Asked[] = []) =>
  async (
    message: IncomingMessage,
    response: { statusCode: number; end: (text: string) => unknown },
  ) => {
    const { method, url, headers } = message
    const body = await read(message)
    const one = { line: `${method} ${url}`, token: headers.authorization, body }
    asked.push(one)
    const said = reply(one)
    if (said !== undefined) {
      response.statusCode = said.status ?? 200
      response.end(said.text)
    }
  }

const serve = (t: Test, reply: Reply, asked?: Asked[]): Promise<Peer> =>
  listen(t, createServer(listenerOf(reply, asked)), false)

const where = ({ at }: Peer): string => probeName(at)

t.test('a request is sent and its answer is returned', async t => {
  const asked: Asked[] = []
  const peer = await serve(t, () => ({ text: '{"a": ["ü"]}' }), asked)
  t.strictSame(await request(peer, 'GET', '/x?y=%2F'), { a: ['ü'] })
  const token = new Secret('t0ken')
  await request(peer, 'POST', '/z', { 'ä"\\': '🔑' }, token)
  t.strictSame(asked, [
    { line: 'GET /x?y=%2F', token: undefined, body: '' },
    { line: 'POST /z', token: 'Bearer t0ken', body: '{"ä\\"\\\\":"🔑"}' },
  ])
})

t.test("Synapse's own listener needs no trusted certificate", async t => {
  const key = newCertificateKey()
  const names = { host: 'elsewhere.example', addresses: [] }
  const cert = await newCertificate(key, names, new Date())
  const server = createTlsServer(
    { key, cert },
    listenerOf(() => ({ text: '{"a": 1}' })),
  )
  const peer = await listen(t, server as unknown as Server, true)
  t.strictSame(await request(peer, 'GET', '/'), { a: 1 })
})

t.test("a refusal has Synapse's text and code", async t => {
  for (const [status, text, message, errcode] of [
    [
      400,
      '{"errcode": "M_USER_IN_USE", "error": "User ID already taken."}',
      'User ID already taken. (M_USER_IN_USE)',
      'M_USER_IN_USE',
    ],
    [
      404,
      '{"errcode": "M_UNRECOGNIZED"}',
      'answers 404 (M_UNRECOGNIZED)',
      'M_UNRECOGNIZED',
    ],
    [502, '<html>', 'answers 502 (502)', ''],
    [500, '[1]', 'answers 500 (500)', ''],
    [500, 'null', 'answers 500 (500)', ''],
    [302, '{"errcode": 7, "error": {}}', 'answers 302 (302)', ''],
    [
      403,
      '{"errcode": "M_\\u001bX", "error": "a\\u001b[31m\\n\\u202eb"}',
      'a [31m b (M_ X)',
      'M_ X',
    ],
  ] as const) {
    const peer = await serve(t, () => ({ status, text }))
    const error = await request(peer, 'GET', '/').catch(each => each)
    t.ok(error instanceof Failure)
    t.match(error, {
      exit: exit.unavailable,
      message: `${where(peer)}: ${message}`,
    })
    t.equal(errcodeOf(error), errcode)
  }
})

t.test('an answer that is not an object is treated as empty', async t => {
  const peer = await serve(t, () => ({ text: 'OK' }))
  t.strictSame(await request(peer, 'GET', '/'), {})
})

t.test('an endless answer is not read', async t => {
  const peer = await serve(t, () => ({ text: 'x'.repeat(1024 * 1024 + 1) }))
  await t.rejects(request(peer, 'GET', '/'), {
    exit: exit.unavailable,
    message: `${where(peer)}: its answer is too long`,
  })
})

t.test('without a listener there is no answer', async t => {
  const server = createServer()
  const peer = await listen(t, server, false)
  await new Promise(resolve => server.close(resolve))
  const error = await request(peer, 'GET', '/').catch(each => each)
  t.match(error, { exit: exit.unavailable, message: /ECONNREFUSED/ })
  t.ok(error.message.startsWith(where(peer)))
  t.equal(errcodeOf(error), undefined)
})

t.test('a server that does not answer is given up', async t => {
  const peer = await serve(t, () => undefined)
  // The limit of 30 s is short here: only this request sees the clock.
  const real = globalThis.setTimeout
  const soon = (heard: () => void, ms: number) => real(heard, ms / 1000)
  globalThis.setTimeout = soon as typeof real
  const answer = request(peer, 'GET', '/').catch(each => each)
  globalThis.setTimeout = real
  t.match(await answer, {
    exit: exit.unavailable,
    message: `${where(peer)}: no answer in 30 s`,
  })
})

const nonce = { text: '{"nonce": "thisisanonce"}' }
const secret = new Secret('s3cr3t ü')
const account = {
  user: 'alice',
  password: new Secret('"p\\a$ß🔑 '),
  admin: false,
}

/** From Synapse's documentation (admin_api/register_api). */
const mac = (...parts: string[]): string =>
  createHmac('sha1', Buffer.from('s3cr3t ü'))
    .update(Buffer.from(parts.join('\0')))
    .digest('hex')

t.test('a registration is signed with the secret', async t => {
  for (const [more, word] of [
    [{ admin: false }, 'notadmin'],
    [{ admin: true }, 'admin'],
    [{ admin: true, logIn: true }, 'admin'],
  ] as const) {
    const asked: Asked[] = []
    const peer = await serve(
      t,
      ({ line }) =>
        line.startsWith('GET')
          ? nonce
          : { text: '{"user_id": "@alice:x", "access_token": "t0ken"}' },
      asked,
    )
    const made = await registerBySharedSecret(peer, secret, {
      ...account,
      ...more,
    })
    const logIn = 'logIn' in more
    t.equal(made.userId, '@alice:x')
    t.equal(made.token && reveal(made.token), logIn ? 't0ken' : undefined)
    const lines = asked.map(({ line }) => line)
    const path = '/_synapse/admin/v1/register'
    t.strictSame(lines, [`GET ${path}`, `POST ${path}`])
    t.strictSame(JSON.parse(asked[1]?.body ?? ''), {
      nonce: 'thisisanonce',
      username: 'alice',
      password: '"p\\a$ß🔑 ',
      admin: more.admin,
      mac: mac('thisisanonce', 'alice', '"p\\a$ß🔑 ', word),
      inhibit_login: !logIn,
    })
  }
})

t.test('the account of a bot is signed as such', async t => {
  const asked: Asked[] = []
  const peer = await serve(
    t,
    ({ line }) =>
      line.startsWith('GET') ? nonce : { text: '{"user_id": "@a:x"}' },
    asked,
  )
  const bot = { ...account, admin: true, isBot: true, displayName: 'A "b"' }
  await registerBySharedSecret(peer, secret, bot)
  t.match(JSON.parse(asked[1]?.body ?? ''), {
    user_type: 'bot',
    displayname: 'A "b"',
    mac: mac('thisisanonce', 'alice', '"p\\a$ß🔑 ', 'admin', 'bot'),
  })
})

t.test('another secret has a message of its own', async t => {
  const refusing =
    (status: number, text: string): Reply =>
    ({ line }) =>
      line.startsWith('GET') ? nonce : { status, text }
  for (const [status, message, errcode] of [
    [
      403,
      /^Synapse uses another registration_shared_secret than its file's/,
      '',
    ],
    [400, /HMAC/, ''],
  ] as const) {
    const peer = await serve(t, refusing(status, '{"error": "HMAC incorrect"}'))
    const error = await registerBySharedSecret(peer, secret, account).catch(
      each => each,
    )
    t.match(error, { exit: exit.unavailable, message })
    t.equal(errcodeOf(error), errcode)
    t.notMatch(error.message, /s3cr3t|p\\a/)
  }
})

t.test('an answer without a required key is a failure', async t => {
  for (const [reply, key] of [
    [() => ({ text: '{}' }), 'nonce'],
    [
      ({ line }: Asked) =>
        line.startsWith('GET') ? nonce : { text: '{"user_id": 1}' },
      'user_id',
    ],
  ] as const) {
    const peer = await serve(t, reply)
    await t.rejects(registerBySharedSecret(peer, secret, account), {
      exit: exit.unavailable,
      message: `${where(peer)}: the answer has no ${key}`,
    })
  }
})
