// A real nginx before Synapse, with the lines that the guide gives for it.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { makeSelfSigned } from '../../jail/authority.ts'
import { ask, join } from '../matrix.ts'
import { settle, whyNot, type Setting } from '../setting.ts'

const guide = readFileSync(
  new URL('../../../docs/guide.md', import.meta.url),
  'utf8',
)
const [delegation, proxy] = [...guide.matchAll(/```nginx\n([^]*?)```/g)].map(
  ([, lines]) => lines,
)

const url = 'https://10.192.0.6'
const others = 'https://10.192.0.6:8448'
// The web server of DOMAIN itself.
const domain = 'https://10.192.0.8'

/** Starts nginx in the jail; it ends with the jail. */
const startNginx = async ({ jail }: Setting): Promise<void> => {
  const pair = makeSelfSigned('DNS:matrix.example.com')
  writeFileSync(jail.path('/etc/proxy.crt'), pair.certificate)
  writeFileSync(jail.path('/etc/proxy.key'), pair.key)
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    name => `${name}_temp_path /tmp/nginx-${name};`,
  )
  const server = (addresses: string[], lines: string | undefined): string =>
    `server {
      ${addresses.map(address => `listen ${address} ssl;`).join('\n')}
      ssl_certificate /etc/proxy.crt;
      ssl_certificate_key /etc/proxy.key;
      ${lines}
    }`
  const front = ['10.192.0.6', '[fd00::6]'].flatMap(address =>
    [443, 8448].map(port => `${address}:${port}`),
  )
  writeFileSync(
    jail.path('/etc/nginx.conf'),
    `user root wheel;
    pid /tmp/nginx.pid;
    error_log /tmp/nginx.error;
    events {}
    http {
      access_log off;
      ${places.join('\n')}
      ${server(front, proxy)}
      ${server(['10.192.0.8:443'], delegation)}
    }`,
  )
  const { code, stderr } = await jail.exec(['nginx', '-c', '/etc/nginx.conf'])
  if (code !== 0) {
    throw new Error(stderr)
  }
  const up = () => jail.fetch(`${url}/health`, { insecure: true })
  for (let n = 0; n < 100 && !(await up().catch(() => false)); n++) {
    await sleep(50)
  }
}

const why =
  whyNot('bun') || (!existsSync('/usr/sbin/nginx') && 'no nginx (nginx-light)')

if (why) {
  t.plan(0, why)
} else {
  const addresses = [5, 6, 7, 8].map(last => `10.192.0.${last}`)
  const setting = await settle(t, 'bun', {
    addresses: [...addresses, 'fd00::6', 'fd00::7'],
  })

  await t.test('NOSSL=yes serves a proxy', async t => {
    const { code, stderr } = await setting.cook([], { NOSSL: 'yes' })
    t.equal(code, 0, stderr)
    await startNginx(setting)
    t.match(await ask(setting, `${url}/.well-known/matrix/client`), {
      body: { 'm.homeserver': { base_url: 'https://matrix.example.com/' } },
    })
    const path = '/_matrix/federation/v1/version'
    t.equal((await ask(setting, others + path)).status, 200)
  })

  await t.test('DOMAIN delegates to its homeserver', async t => {
    const answer = (what: string) =>
      ask(setting, `${domain}/.well-known/${what}`)
    const at = 'matrix.example.com'
    t.same(await answer('matrix/server'), {
      status: 200,
      body: { 'm.server': `${at}:443` },
    })
    t.same(await answer('matrix/client'), {
      status: 200,
      body: { 'm.homeserver': { base_url: `https://${at}` } },
    })
  })

  await t.test('Synapse trusts X-Forwarded-For of the proxy', async t => {
    for (const [name, base, localAddress, headers] of [
      ['one', url, '10.192.0.7', {}],
      ['two', 'https://[fd00::6]', 'fd00::7', {}],
      // nginx sets the true address, whatever the client sends.
      ['three', url, '10.192.0.7', { 'x-forwarded-for': '203.0.113.9' }],
    ] as const) {
      const user = await join(setting, name, base)
      const more = { localAddress, headers }
      t.match(await user.ask('GET', '/devices', more), {
        body: { devices: [{ last_seen_ip: localAddress }] },
      })
    }
  })

  await t.test('a file as large as MAXUPLOAD passes the proxy', async t => {
    const user = await join(setting, 'uploader', url)
    for (const [size, status] of [
      [50 * 1024 * 1024, 200],
      [50 * 1024 * 1024 + 1, 413],
    ] as const) {
      const { headers } = user
      const file = { method: 'POST', headers, body: 'x'.repeat(size) }
      const answer = await ask(setting, `${url}/_matrix/media/v3/upload`, file)
      t.equal(answer.status, status)
    }
  })
}
