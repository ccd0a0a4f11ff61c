// Where a homeserver answers, by which name, and what it offers there.

import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { ask, join } from '../matrix.ts'
import { settle, whyNot, type Setting } from '../setting.ts'

const addresses = ['10.192.0.5', '10.192.0.6', 'fd00::5', 'fd00::6']
const everywhere = [...addresses, '127.0.0.1', '::1']
const ports = [8448, 8008]

const urlOf = (address: string, port: number): string =>
  `http${port === 8448 ? 's' : ''}://` +
  `${address.includes(':') ? `[${address}]` : address}:${port}`

/** The addresses and ports of the jail that answer. */
const open = async ({ jail }: Setting): Promise<string[]> => {
  const urls = ports.flatMap(port => everywhere.map(at => urlOf(at, port)))
  const answers = await jail.fetchAll(urls, { insecure: true })
  // Only a refused connection counts as closed.
  return urls.filter((_, at) => answers[at] !== 'ECONNREFUSED')
}

/** The status of each path at each address and port. */
const statuses = async (
  { jail }: Setting,
  bases: readonly string[],
  paths: readonly string[],
): Promise<(number | string)[]> => {
  const urls = bases.flatMap(base => paths.map(path => base + path))
  const answers = await jail.fetchAll(urls, { insecure: true })
  return answers.map(each => (typeof each === 'string' ? each : each.status))
}

const apply = async (
  t: Test,
  { cook }: Setting,
  parameters: Record<string, string>,
): Promise<string> => {
  const { code, stdout, stderr } = await cook([], parameters)
  t.equal(code, 0, stderr)
  const again = await cook([], parameters)
  t.match(again.stdout, /nothing to do/, 'and a second run does nothing')
  return stdout + stderr
}

const apis = [
  '/_matrix/federation/v1/version',
  '/_matrix/key/v2/server',
  '/_matrix/client/versions',
]

const why = whyNot('bun')
if (why) {
  t.plan(0, why)
} else {
  await t.test('a server of many addresses', async t => {
    const setting = await settle(t, 'bun', { addresses })
    const secure = 'https://10.192.0.5:8448'
    const local = 'http://127.0.0.1:8008'
    const bases = [secure, 'https://[fd00::5]:8448', local]

    await t.test('with TLS it listens only on the given addresses', async t => {
      const MAXUPLOAD = '1M'
      await apply(t, setting, { IP: '10.192.0.5,fd00::5', MAXUPLOAD })
      t.same(await open(setting), [
        'https://10.192.0.5:8448',
        'https://[fd00::5]:8448',
        'http://127.0.0.1:8008',
      ])
    })

    await t.test('clients get the default URL', async t => {
      const path = '/.well-known/matrix/client'
      t.match(await ask(setting, secure + path), {
        body: {
          'm.homeserver': { base_url: 'https://matrix.example.com:8448/' },
        },
      })
    })

    await t.test('MAXUPLOAD is the largest upload, to the byte', async t => {
      const user = await join(setting, 'uploader')
      const mebibyte = 1024 * 1024
      for (const [size, status, body] of [
        [mebibyte - 1, 200, { content_uri: /^mxc:/ }],
        [mebibyte, 200, { content_uri: /^mxc:/ }],
        [mebibyte + 1, 413, { errcode: 'M_TOO_LARGE' }],
      ] as const) {
        const url = `${secure}/_matrix/media/v3/upload`
        const { headers } = user
        const file = { method: 'POST', body: 'x'.repeat(size), headers }
        t.match(await ask(setting, url, file), { status, body }, `${size}`)
      }
    })

    await t.test('X-Forwarded-For is ignored except from a proxy', async t => {
      for (const [name, base, from] of [
        ['by-tls', secure, '10.192.0.5'],
        ['by-http', local, '127.0.0.1'],
      ] as const) {
        const user = await join(setting, name, base)
        const headers = { 'x-forwarded-for': '203.0.113.9' }
        const { body } = await user.ask('GET', '/devices', { headers })
        t.match(body, { devices: [{ last_seen_ip: from }] }, name)
      }
    })

    await t.test('it answers other servers', async t => {
      const all = await statuses(setting, bases, apis)
      t.same(
        all,
        bases.flatMap(() => [200, 200, 200]),
      )
    })

    await t.test('FEDERATION=no: clients only, everywhere', async t => {
      await apply(t, setting, {
        IP: '10.192.0.5,fd00::5',
        FEDERATION: 'no',
        PUBLICURL: 'https://chat.example.com/x/',
      })
      const all = await statuses(setting, bases, apis)
      t.same(
        all,
        bases.flatMap(() => [404, 404, 200]),
      )
      const user = await join(setting, 'host', secure)
      const made = await user.ask('POST', '/createRoom', { body: '{}' })
      t.match(made, { status: 200, body: { room_id: /^!/ } })
    })

    await t.test('clients get PUBLICURL', async t => {
      const path = '/.well-known/matrix/client'
      t.match(await ask(setting, secure + path), {
        body: { 'm.homeserver': { base_url: 'https://chat.example.com/x/' } },
      })
    })

    await t.test('IP may mean all addresses of both families', async t => {
      await apply(t, setting, { IP: '::,0.0.0.0' })
      t.same(await open(setting), [
        ...everywhere.map(address => urlOf(address, 8448)),
        'http://127.0.0.1:8008',
      ])
    })

    await t.test('NOSSL=yes: HTTP only on the given addresses', async t => {
      await apply(t, setting, { IP: '10.192.0.6,fd00::6', NOSSL: 'yes' })
      t.same(await open(setting), [
        'http://10.192.0.6:8008',
        'http://[fd00::6]:8008',
      ])
    })
  })

  await t.test('a jail without IPv6 is reported', async t => {
    const { jail, cook } = await settle(t, 'bun', { ipv6: false })
    const { code, stderr } = await cook([], { IP: '10.192.0.5,fd00::5' })
    t.equal(code, 69)
    t.match(stderr, /^error: .*Couldn't listen on fd00::5:8448: /m)
    const { stderr: quiet } = await cook([], { IP: '10.192.0.5' })
    t.equal(quiet, '')
    t.equal((await jail.fetch('http://127.0.0.1:8008/health')).status, 200)
  })

  await t.test('without VNET, access to port 8008 is a warning', async t => {
    const { cook } = await settle(t, 'bun', { vnet: false })
    const warning =
      /^warning: 127\.0\.0\.1:8008: others may reach plain HTTP here, /
    for (const args of [['plan'], [], []]) {
      t.match((await cook(args)).stderr, warning, `cook ${args}`)
    }
    t.notMatch((await cook(['plan'], { NOSSL: 'yes' })).stderr, warning)
  })

  for (const [domain, host] of [
    ['[fd00::5]:8448', 'fd00::5'],
    ['[::ffff:10.192.0.5]', '::ffff:10.192.0.5'],
    ['10.192.0.5:8448', '10.192.0.5'],
    ['matrix.example.com:443', 'matrix.example.com'],
  ] as const) {
    await t.test(`a server by the name ${domain}`, async t => {
      const setting = await settle(t, 'bun', { addresses })
      const { jail } = setting
      const parameters = { DOMAIN: domain, IP: '10.192.0.5,fd00::5' }
      await apply(t, setting, parameters)
      const user = await join(setting, 'alice')
      t.equal(user.id, `@alice:${domain}`)
      t.match(await user.ask('GET', '/account/whoami'), {
        body: { user_id: `@alice:${domain}` },
      })
      const ca = readFileSync(
        jail.path(`/mnt/matrixdata/tls/${domain}.crt`),
        'utf8',
      )
      const path = '/_matrix/key/v2/server'
      for (const address of ['10.192.0.5', 'fd00::5']) {
        const url = urlOf(address, 8448) + path
        const { body } = await ask(setting, url, { ca, insecure: false })
        const key = readFileSync(
          jail.path(`/mnt/matrixdata/keys/${domain}.signing.key`),
          'utf8',
        ).split(' ')[1]
        t.match(body, {
          server_name: domain,
          verify_keys: { [`ed25519:${key}`]: {} },
          signatures: { [domain]: { [`ed25519:${key}`]: /./ } },
        })
      }
      const { code, stdout } = await jail.exec([
        ...['openssl', 'verify', '-CAfile'],
        `/mnt/matrixdata/tls/${domain}.crt`,
        host.includes('example') ? '-verify_hostname' : '-verify_ip',
        host,
        `/mnt/matrixdata/tls/${domain}.crt`,
      ])
      t.equal(code, 0, stdout)
      const learn = 'http://127.0.0.1:8008/.well-known/matrix/client'
      const port = /:\d+$/.test(domain) ? '' : ':8448'
      t.match(await ask(setting, learn), {
        body: { 'm.homeserver': { base_url: `https://${domain}${port}/` } },
      })
    })
  }
}
