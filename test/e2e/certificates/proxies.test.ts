// The real nginx, Caddy and haproxy before Synapse, each with the whole
// configuration that docs/proxies.md gives for it.

import { existsSync, readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import type { Answer, Init } from '../../jail/fetch.ts'
import { until } from '../../support/until.ts'
import { join, type User } from '../matrix.ts'
import { address, settle, whyNot, type Setting } from '../setting.ts'
import { proxies, startProxy, supplyCertificate } from './proxies.ts'

const own = '10.192.0.6'
const [client, client6] = ['10.192.0.7', 'fd00::7']
const direct = `http://${address}:8008`

const domain = 'example.com'
const name = `matrix.${domain}`

/** Asks the proxy, as if the DNS led to it. */
const asker =
  ({ jail }: Setting) =>
  (
    host: string,
    path: string,
    { headers, ...init }: Init & { at?: string } = {},
  ): Promise<Answer> => {
    const { at = own, ...more } = init
    const [, port = '443'] = host.split(':')
    const bare = at.includes(':') ? `[${at}]` : at
    return jail.fetch(`https://${bare}:${port}/`, {
      insecure: true,
      ...more,
      path,
      servername: host.replace(/:.*/, ''),
      headers: { host, ...headers },
    })
  }

type Ask = ReturnType<typeof asker>

const json = ({ text }: Answer): Record<string, unknown> => {
  try {
    return JSON.parse(text)
  } catch {
    return { text }
  }
}

const v3 = '/_matrix/client/v3'

const reaching = async (t: Test, ask: Ask, user: string): Promise<void> => {
  await t.test('a user logs in', async t => {
    const body = JSON.stringify({
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user },
      password: 'a password',
    })
    const login = { method: 'POST', body }
    const answer = await ask(name, `${v3}/login`, login)
    t.match(json(answer), { user_id: `@${user}:${domain}` })
    t.equal(answer.headers['access-control-allow-origin'], '*')
  })

  await t.test('other servers reach it on port 8448', async t => {
    for (const host of [`${domain}:8448`, `${name}:8448`]) {
      const answer = await ask(host, '/_matrix/federation/v1/version')
      t.match(json(answer), { server: { name: 'Synapse' } }, host)
    }
  })

  await t.test('the delegation is readable for web clients', async t => {
    for (const [host, what, body] of [
      [domain, 'server', { 'm.server': `${name}:443` }],
      [domain, 'client', { 'm.homeserver': { base_url: `https://${name}` } }],
      [name, 'client', { 'm.homeserver': { base_url: `https://${name}/` } }],
    ] as const) {
      const answer = await ask(host, `/.well-known/matrix/${what}`)
      t.equal(answer.status, 200, `${host}: ${what}`)
      t.same(json(answer), body)
      t.match(answer.headers, {
        'access-control-allow-origin': '*',
        'content-type': /^application\/json/,
      })
    }
  })

  await t.test('nothing else of DOMAIN or of Synapse is open', async t => {
    t.equal((await ask(domain, `${v3}/account/whoami`)).status, 404)
    t.equal((await ask(name, '/')).status, 404)
  })
}

const passing = async (
  t: Test,
  { jail }: Setting,
  ask: Ask,
  user: string,
  { headers }: User,
): Promise<void> => {
  const log = () =>
    readFileSync(jail.path('/var/log/matrix-synapse/homeserver.log'), 'utf8')

  await t.test('paths arrive as they were sent', async t => {
    const at = `${v3}/directory/room/%23${user}%2Fb%21%3A${domain}`
    const room = await ask(name, `${v3}/createRoom`, {
      method: 'POST',
      headers,
      body: '{}',
    })
    const { room_id } = json(room)
    const body = JSON.stringify({ room_id })
    const made = await ask(name, at, { method: 'PUT', headers, body })
    t.equal(made.status, 200, made.text)
    t.match(json(await ask(name, at)), { room_id })
    for (const path of [
      at,
      `/_matrix/federation/v1/state/%21x%2Fy:${domain}?event_id=%24a%2Fb`,
      '/_matrix/federation/v1/event/%24a%2Bb+c~d%7E//e',
    ]) {
      await ask(`${domain}:8448`, path)
      const isLogged = () => log().includes(` ${path} HTTP/`)
      await until(isLogged)
      t.ok(isLogged(), path)
    }
  })

  await t.test('Synapse sees the true address of a client', async t => {
    for (const [localAddress, at, forged] of [
      [client, own, {}],
      [client6, 'fd00::6', {}],
      [client, own, { 'x-forwarded-for': '203.0.113.9' }],
      [client6, 'fd00::6', { 'x-forwarded-for': '203.0.113.9, 203.0.113.8' }],
      [client, own, { 'x-forwarded-for': '', forwarded: 'for=203.0.113.9' }],
    ] as const) {
      const from = { localAddress, at, headers: { ...headers, ...forged } }
      const mark = `/_matrix/client/versions?${Math.random()}`
      await ask(name, mark, from)
      // Synapse logs a request when it has answered.
      const lineOf = () =>
        log()
          .split('\n')
          .find(each => each.includes(mark))
      await until(() => lineOf() !== undefined)
      const line = lineOf()
      t.match(line, ` ${localAddress} - `, JSON.stringify(forged))
    }
    t.notOk(log().includes('203.0.113.'), 'whatever it claims')
  })

  await t.test('a file as large as MAXUPLOAD passes', async t => {
    const size = 50 * 1024 * 1024
    const upload = (length: number): Promise<number | string> => {
      const file = { method: 'POST', headers, body: 'x'.repeat(length) }
      return ask(name, '/_matrix/media/v3/upload', file).then(
        ({ status }) => status,
        String,
      )
    }
    t.equal(await upload(size), 200)
    // Who refuses it may close the connection while it is still being sent.
    t.match(String(await upload(size + 1)), /^413$|EPIPE|ECONNRESET/)
  })

  await t.test('a request that waits gets its answer', async t => {
    const first = json(await ask(name, `${v3}/sync`, { headers }))
    const since = `since=${first['next_batch']}&timeout=60000`
    const waiting = ask(name, `${v3}/sync?${since}`, { headers })
    const room = { method: 'POST', headers, body: '{}' }
    const { room_id } = json(await ask(name, `${v3}/createRoom`, room))
    t.match(json(await waiting), { rooms: { join: { [`${room_id}`]: {} } } })
  })

  await t.test('the proxy keeps its connections to Synapse', async t => {
    const ports = async (): Promise<Set<string>> => {
      const { stdout } = await jail.exec(['cat', '/proc/net/tcp'])
      const to = /^ *\d+: \w+:(\w+) 0500C00A:1F48 /gm
      return new Set([...stdout.matchAll(to)].map(([, port = '']) => port))
    }
    const before = await ports()
    for (let n = 0; n < 10; n++) {
      await ask(name, '/health')
    }
    const more = [...(await ports())].filter(port => !before.has(port))
    t.ok(more.length < 10, 'fewer than requests')
  })
}

/** Ways to write a path of the administration interface. */
const admin = '_synapse/admin/v1/server_version'
const spellings = [
  `/${admin}`,
  `//${admin}`,
  `/${admin.replaceAll('/', '//')}`,
  `/%5F${admin.slice(1)}`,
  `/${admin.replace('a', '%61')}`,
  `/_synapse%2Fadmin/v1/server_version`,
  `/_synapse/%61dmin/v1/server_version`,
  `/_matrix/../${admin}`,
  `/_matrix/%2e%2e/${admin}`,
  `/_matrix/..%2F${admin}`,
  `/_matrix/client/..//../${admin}`,
  `/_synapse/client/../admin/v1/server_version`,
  `/_synapse/client/%2e%2e/admin/v1/server_version`,
  `/./${admin}`,
  `/health/../${admin}`,
  `/${admin}?/_matrix/`,
  `https://${name}/${admin}`,
]

const closed = async (t: Test, ask: Ask, { headers }: User): Promise<void> => {
  for (const host of [name, domain, `${name}:8448`, `${domain}:8448`]) {
    for (const path of spellings) {
      const { status, text } = await ask(host, path, { headers })
      t.ok([400, 403, 404].includes(status), `${host} ${path}: ${status}`)
      t.notMatch(text, 'server_version')
    }
  }
}

const why = whyNot('bun')

t.test('reverse proxies', { skip: why }, async t => {
  const setting = await settle(t, 'bun', {
    addresses: [address, own, client, 'fd00::6', client6],
  })
  await supplyCertificate(setting.jail)
  const { code, stderr } = await setting.cook([], {
    DOMAIN: domain,
    NOSSL: 'yes',
    PUBLICURL: `https://${name}/`,
  })
  t.equal(code, 0, stderr)
  const boss = await join(setting, 'boss', direct, '--admin')
  // Else the spellings prove nothing.
  const open = await setting.jail.fetch(`${direct}/${admin}`, {
    headers: boss.headers,
  })
  t.match(json(open), { server_version: /\d/ })

  for (const [which, proxy] of Object.entries(proxies)) {
    const skip = !existsSync(proxy.program) && `no ${proxy.program}`
    await t.test(which, { skip }, async t => {
      const ask = asker(setting)
      const stop = await startProxy(setting.jail, proxy, () =>
        ask(name, '/health'),
      )
      try {
        const user = which.toLowerCase()
        const known = await join(setting, user, direct)
        await reaching(t, ask, user)
        await passing(t, setting, ask, user, known)
        await t.test('/_synapse/admin is not open', t => closed(t, ask, boss))
      } finally {
        await stop()
      }
    })
  }
})
