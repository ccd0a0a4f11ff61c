// Certificates of an authority: Pebble.

import { readFileSync, readdirSync, statSync } from 'node:fs'
import type { Test } from 'tap'
import type { Shape } from '../../jail/state.ts'
import { acmeIn } from './acme.ts'
import { ask, served } from './asking.ts'
import { until } from '../../support/until.ts'
import { dataSet, domain, settle, type Kind } from '../setting.ts'

const server = 'example.com'
// One host: Pebble may refuse every nonce of two orders that begin together.
const named = { DOMAIN: server, PUBLICHOST: domain }
const versions = '/_matrix/client/versions'
const accounts = {
  'kid-1': 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W',
}
const account = { ACMEKID: 'kid-1', ACMEHMAC: accounts['kid-1'] }

export const authority = async (
  t: Test,
  kind: Kind,
  shape: Shape = {},
): Promise<void> => {
  const data = dataSet(t)
  const first = await settle(t, kind, { ...shape, data })
  const { jail, cook } = first
  const away = acmeIn(t, jail, {
    accounts,
    blocked: ['blocked.example.com'],
  })
  const parameters = {
    ...{ ...named, ...account, EDGE: 'yes', ACME: 'yes' },
    ACMEDIRECTORY: 'https://127.0.0.1:14000/dir',
    ACMECA: '/root/acme-ca.pem',
  }
  const isOurs = async (host: string): Promise<boolean> =>
    /Self-signed by cook/.test((await served(jail, host)).issuer)
  let root = ''

  await t.test('an authority that is away is a warning', async t => {
    const { code, stderr } = await cook([], parameters)
    t.equal(code, 0, stderr)
    for (const host of [domain]) {
      t.match(
        stderr,
        new RegExp(
          `warning: caddy: the certificate of ${host} has not come yet; ` +
            'Caddy tries again: .*connection refused',
        ),
      )
      t.ok(await isOurs(host), 'a preliminary certificate is served')
      t.equal((await ask(jail, versions, { host })).status, 200)
    }
    const status = await cook(['status'], parameters)
    t.equal(status.code, 0)
    t.match(status.stdout, 'caddy is healthy: ')
    t.match(status.stderr, /warning: caddy: .* has not come yet/)
    const again = await cook([], parameters)
    t.equal(again.code, 0)
    t.match(again.stdout, 'nothing to do')
    t.match(again.stderr, /warning: caddy: .* has not come yet/)
  })

  await t.test('its certificates are served as soon as they come', async t => {
    const acme = await away.start()
    const { code, stderr } = await jail.exec(['service', 'caddy', 'reloadssl'])
    t.equal(code, 0, stderr)
    await until(async () => !(await isOurs(domain)))
    root = await acme.root()
    for (const [host, port] of [
      [domain, 443],
      [domain, 8448],
    ] as const) {
      const { status } = await ask(jail, versions, { host, port, ca: root })
      t.equal(status, 200, `${host}:${port} is trusted by that root alone`)
    }
    t.equal(acme.issued(), 1)
    const status = await cook(['status'], parameters)
    t.notMatch(status.stderr, 'warning: caddy')
    const again = await cook([], parameters)
    t.match(again.stdout, 'nothing to do')
    t.equal(again.stderr, '')

    await t.test('a name that it refuses is a warning', async t => {
      const PUBLICHOST = 'blocked.example.com'
      const bad = await cook([], { ...parameters, PUBLICHOST })
      t.equal(bad.code, 0, bad.stderr)
      t.match(
        bad.stderr,
        /blocked\.example\.com has not come yet; .*urn:ietf:params:acme:error:/,
      )
      t.equal((await cook([], parameters)).code, 0)
    })
    acme.end()
  })

  await t.test('a new jail asks for no new certificate', async t => {
    const before = (await served(jail)).serialNumber
    await jail.destroy()
    const next = await settle(t, kind, { ...shape, data })
    const acme = await acmeIn(t, next.jail, { accounts }).start()
    const { code, stderr } = await next.cook([], parameters)
    t.equal(code, 0, stderr)
    t.equal((await served(next.jail)).serialNumber, before)
    t.equal((await ask(next.jail, versions, { ca: root })).status, 200)
    t.equal(acme.issued(), 0)

    const config = next.jail.path('/usr/local/etc/caddy/cook.json')
    t.match(readFileSync(config, 'utf8'), account.ACMEHMAC)
    t.same(readable(next.jail.root, account.ACMEHMAC), [])
  })
}

/** Files that every user may read and that contain a text. */
const readable = (root: string, text: string): string[] => {
  const found: string[] = []
  for (const dir of ['etc', 'usr/local/etc', 'var', 'tmp']) {
    for (const name of readdirSync(`${root}/${dir}`, {
      recursive: true,
      encoding: 'utf8',
    })) {
      const path = `${root}/${dir}/${name}`
      const stat = statSync(path, { throwIfNoEntry: false })
      if (stat?.isFile() && (stat.mode & 0o004) !== 0) {
        readFileSync(path, 'utf8').includes(text) && found.push(path)
      }
    }
  }
  return found
}
