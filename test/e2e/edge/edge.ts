// The edge: Caddy in front of a real Synapse.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import type { Shape } from '../../jail/state.ts'
import { ask } from './asking.ts'
import { until } from '../../support/until.ts'
import {
  address,
  differences,
  domain,
  jailPicture,
  settle,
  type Kind,
} from '../setting.ts'

const server = 'example.com'

const parameters = {
  EDGE: 'yes',
  DOMAIN: server,
  PUBLICHOST: domain,
  SERVEDOMAIN: 'yes',
  MAXUPLOAD: '1M',
  SUPPORTPAGE: 'https://example.com/help?a={env.HOME}'.replace(/[{}]/g, '$'),
  SUPPORTCONTACT: '@a{env.HOME}:example.com',
  ACCESSLOG: 'yes',
}

const versions = '/_matrix/client/versions'
const federation = '/_matrix/federation/v1/version'

export const edge = async (
  t: Test,
  kind: Kind,
  shape: Shape = {},
): Promise<void> => {
  const setting = await settle(t, kind, shape)
  const { jail, cook } = setting
  const cooked = (more: Record<string, string> = {}, args: string[] = []) =>
    cook(args, { ...parameters, ...more })
  const log = (path: string): string => readFileSync(jail.path(path), 'utf8')
  const seen = async (text: string): Promise<string> => {
    const line = (): string | undefined =>
      log('/var/log/matrix-synapse/homeserver.log')
        .split('\n')
        .find(each => each.includes(text) && each.includes('Processed request'))
    await until(() => line() !== undefined)
    return line() ?? ''
  }

  await t.test('an empty jail serves through the edge', async t => {
    const { code, stdout, stderr } = await cooked()
    t.equal(code, 0, stderr)
    t.match(stdout, `caddy is healthy after`)
    for (const port of [443, 8448]) {
      for (const path of [versions, federation]) {
        const { status, version } = await ask(jail, path, { port })
        t.same({ status, version }, { status: 200, version: '2' }, path)
      }
      const more = ['--http1.1']
      const { status, version } = await ask(jail, versions, { port, more })
      t.same({ status, version }, { status: 200, version: '1.1' })
    }
    const own = await jail.exec([
      ...['sh', '-c', 'ps -o user= -p "$(cat /var/run/caddy/caddy.pid)"'],
    ])
    t.equal(own.stdout.trim(), 'www')
    const ports = await jail.exec(['sysctl', '-n', 'security.jail.vnet'])
    t.equal(ports.stdout, '1\n')
  })

  await t.test('port 80 leads to TLS', async t => {
    const url = `http://${address}/a/../b?c=%2F`
    const argv = ['curl', '-si', '--path-as-is', '-H', `Host: ${domain}`, url]
    const { stdout } = await jail.exec(argv)
    t.match(stdout, 'HTTP/1.1 308 ')
    t.match(stdout, `Location: https://${domain}/a/../b?c=%2F\r\n`)
  })

  await t.test('clients and servers find it by well-known', async t => {
    for (const [name, wanted] of [
      ['server', { 'm.server': `${domain}:443` }],
      ['client', { 'm.homeserver': { base_url: `https://${domain}/` } }],
      [
        'support',
        {
          contacts: [
            {
              matrix_id: parameters.SUPPORTCONTACT,
              role: 'm.role.admin',
            },
          ],
          support_page: parameters.SUPPORTPAGE,
        },
      ],
    ] as const) {
      for (const host of [server, domain]) {
        const path = `/.well-known/matrix/${name}`
        const { status, headers, text } = await ask(jail, path, { host })
        t.equal(status, 200, path)
        t.match(headers['content-type'], /^application\/json/, path)
        t.equal(headers['access-control-allow-origin'], '*', path)
        t.same(JSON.parse(text), wanted, path)
      }
    }
  })

  await t.test('only the public host is closed to plain HTTP', async t => {
    const { headers } = await ask(jail, versions)
    t.equal(headers['strict-transport-security'], 'max-age=31536000')
    t.equal(headers['x-content-type-options'], 'nosniff')
    const other = await ask(jail, versions, { host: server })
    t.equal(other.status, 200)
    t.equal(other.headers['strict-transport-security'], undefined)
    t.equal(other.headers['x-content-type-options'], undefined)
  })

  await t.test('nothing else of Synapse is reached', async t => {
    const behind = '/_synapse/admin/v1/register'
    for (const path of [
      behind,
      '/_synapse/admin/v1/server_version',
      '/_synapse/metrics',
      '/_synapse/replication/x',
      '/_synapse/mas/x',
      '/health',
      '/.well-known/matrix/other',
      `/_matrix/..${behind}`,
      `/_matrix/%2e%2e${behind}`,
      `/_synapse/client/..${behind.replace('/_synapse', '')}`,
      `/_synapse/client%2F..%2Fadmin/v1/register`,
      `/${behind}`,
      '/_SYNAPSE/admin/v1/register',
      '/_synapse%2Fadmin/v1/register',
    ]) {
      const { status, text } = await ask(jail, path)
      t.equal(status, 404, path)
      t.notMatch(text, 'nonce', path)
    }
    const host = 'other.example.com'
    const more = ['--header', `Host: ${host}`]
    t.equal((await ask(jail, versions, { more })).status, 404, host)
  })

  await t.test('a path arrives as it was sent', async t => {
    for (const path of [
      '/_matrix/client/v3/rooms/%21a%2Fb%3Ac/state/x%25y//z',
      '/_matrix/client/v3/directory/room/%23a%2f..%2Fb:example.com',
    ]) {
      await ask(jail, path)
      t.match(await seen(path), path)
    }
  })

  await t.test('a client cannot write its address', async t => {
    for (const [name, more] of [
      ['one', ['--header', 'X-Forwarded-For: 192.0.2.1']],
      ['two', ['--header', 'X-Forwarded-For: 192.0.2.1, 192.0.2.2']],
      ['none', []],
    ] as const) {
      const path = `/_matrix/client/versions?seen=${name}`
      await ask(jail, path, { more: [...more] })
      t.match(await seen(`seen=${name}`), ` - ${address} - `, name)
    }
  })

  await t.test('bodies are limited, uploads by MAXUPLOAD', async t => {
    const upload = '/_matrix/media/v3/upload'
    const send = (path: string, size: number) =>
      ask(jail, path, { input: 'x'.repeat(size), more: ['--request', 'PUT'] })
    const refused = await send(`${upload}/${server}/abc`, 1024 * 1024 + 1)
    t.equal(refused.status, 413)
    t.equal(JSON.parse(refused.text).errcode, 'M_TOO_LARGE')
    t.equal(refused.headers['access-control-allow-origin'], '*')
    t.equal((await send(`${upload}/${server}/abc`, 1024 * 1024)).status, 401)
    const sending = '/_matrix/federation/v1/send/1'
    // Synapse says that it is no JSON.
    t.equal((await send(sending, 13_100_000)).status, 400)
    t.equal((await send(sending, 13_200_001)).status, 413)
    const silent = await ask(jail, `${upload}/${server}/abc`, {
      input: 'x'.repeat(1024 * 1024 + 1),
      more: ['--request', 'PUT', '--header', 'Content-Length:'],
    })
    t.equal(silent.status, 413)
  })

  await t.test('no log has a token', async t => {
    const token = 't0kEn-0f-a-client'
    const more = [
      ...['--header', `Authorization: Bearer ${token}`],
      ...['--header', `Referer: https://${domain}/?loginToken=${token}`],
    ]
    const path = `${versions}?access_token=${token}&mark`
    t.equal((await ask(jail, path, { more })).status, 401)
    await until(() => log('/var/log/caddy/access.log').includes(versions))
    await jail.exec(['service', 'synapse', 'onestop'])
    t.equal((await ask(jail, path, { more })).status, 502)
    await until(() => log('/var/log/caddy/caddy.log').includes('main.sock'))
    t.match(log('/var/log/caddy/caddy.log'), 'main.sock')
    for (const name of ['caddy', 'access']) {
      t.notMatch(log(`/var/log/caddy/${name}.log`), token, name)
    }
    t.equal((await cooked()).code, 0)
  })

  await t.test('a second run does nothing', async t => {
    const before = jailPicture(jail)
    const { code, stdout } = await cooked()
    t.equal(code, 0)
    t.match(stdout, /nothing to do/)
    const changed = differences(before, jailPicture(jail))
    t.same(
      changed.filter(path => !/^var\/log\/caddy/.test(path)),
      [],
    )
  })

  await t.test('named networks reach the admin API', async t => {
    const path = '/_synapse/admin/v1/register'
    const networks = { ADMINNETWORKS: `192.0.2.0/24,${address}/32` }
    t.equal((await cooked(networks)).code, 0)
    t.match((await ask(jail, path)).text, 'nonce')
    t.equal((await cooked({ ADMINNETWORKS: '192.0.2.0/24' })).code, 0)
    t.equal((await ask(jail, path)).status, 404)
  })

  await t.test(
    'a configuration that Caddy refuses changes nothing',
    { skip: shape.caddy !== undefined && 'Caddy is a mount' },
    async t => {
      const before = log('/usr/local/etc/caddy/cook.json')
      const path = jail.path('/usr/local/bin/caddy')
      const fake = '#!/bin/sh\necho "Error: no such module" >&2\nexit 1\n'
      const { renameSync, chmodSync } = await import('node:fs')
      renameSync(path, `${path}.real`)
      writeFileSync(path, fake)
      chmodSync(path, 0o755)
      const { code, stderr } = await cooked({ SUPPORTCONTACT: 'a@example.com' })
      renameSync(`${path}.real`, path)
      t.equal(code, 78)
      t.match(stderr, 'Caddy refuses /usr/local/etc/caddy/cook.json')
      t.match(stderr, 'Error: no such module')
      t.equal(log('/usr/local/etc/caddy/cook.json'), before)
    },
  )

  await t.test('without federation its port and paths are closed', async t => {
    t.equal((await cooked({ FEDERATION: 'no' })).code, 0)
    t.equal((await ask(jail, versions)).status, 200)
    for (const path of [
      federation,
      '/_matrix/key/v2/server',
      '/.well-known/matrix/server',
    ]) {
      t.equal((await ask(jail, path)).status, 404, path)
    }
    await t.rejects(ask(jail, versions, { port: 8448 }), /curl exits 7/)
  })

  await t.test('EDGE=no takes it back', async t => {
    const { code, stderr } = await cook([], { DOMAIN: server })
    t.equal(code, 0, stderr)
    for (const path of [
      '/usr/local/etc/caddy/cook.json',
      '/usr/local/etc/caddy/cook/tls.key',
    ]) {
      t.notOk(existsSync(jail.path(path)), path)
    }
    t.notMatch(log('/etc/rc.conf'), 'caddy')
    t.notMatch(log('/etc/sysctl.conf'), 'portrange')
    const url = `https://${address}:8448${versions}`
    t.equal((await jail.fetch(url, { insecure: true })).status, 200)
    await t.rejects(ask(jail, versions), /curl exits 7/)
  })
}
