// Who may have the ports of the edge, and who has them.

import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
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

const versions = '/_matrix/client/versions'
const proxy = '10.192.0.6'
const parameters = { EDGE: 'yes' }

// The log has what was refused.
const changed = (...both: Parameters<typeof differences>): string[] =>
  differences(...both).filter(path => !/^var\/log/.test(path))

export const ports = async (
  t: Test,
  kind: Kind,
  shape: Shape = {},
): Promise<void> => {
  await t.test('without Caddy it is said which package lacks', async t => {
    const { jail, cook } = await settle(t, kind)
    rmSync(jail.path('/usr/local/bin/caddy'))
    const before = jailPicture(jail)
    const { code, stderr } = await cook([], parameters)
    t.equal(code, 69)
    t.match(
      stderr,
      'error: Caddy is not installed, and EDGE=yes needs it: install its ' +
        'package (caddy)',
    )
    t.same(changed(before, jailPicture(jail)), [])
  })

  await t.test('a port that another has changes nothing', async t => {
    const { jail, cook } = await settle(t, kind, shape)
    t.equal((await cook([], { NOSSL: 'yes' })).code, 0)
    const other = jail.spawn([
      'openssl',
      's_server',
      '-nocert',
      '-accept',
      `${address}:443`,
    ])
    const held = async () =>
      (await jail.exec(['sockstat', '-4lq', '-P', 'tcp', '-p', '443'])).stdout
    await until(async () => (await held()) !== '')
    const before = jailPicture(jail)
    const { code, stderr } = await cook([], parameters)
    t.equal(code, 69)
    t.match(
      stderr,
      /error: 10\.192\.0\.5:443 is held by openssl \(user root, process \d+\), and EDGE=yes needs it: stop it/,
    )
    t.same(changed(before, jailPicture(jail)), [])
    other.kill('SIGKILL')
    await until(async () => (await held()) === '')
    t.equal((await cook([], parameters)).code, 0)
  })

  await t.test('without a network stack of its own root runs it', async t => {
    const { jail, cook } = await settle(t, kind, { ...shape, vnet: false })
    const { code, stderr } = await cook([], parameters)
    t.equal(code, 0, stderr)
    t.match(stderr, 'warning: EDGE: Caddy runs as root, because')
    t.equal((await ask(jail, versions)).status, 200)
    t.match(
      readFileSync(jail.path('/etc/rc.conf'), 'utf8'),
      'caddy_user="root"',
    )
    t.equal(statSync(jail.path('/mnt/matrixdata/caddy-root')).uid, 0)
    const again = await cook([], parameters)
    t.match(again.stdout, 'nothing to do')
    t.equal((await cook(['status'], parameters)).code, 0)
    // The jail gets a network stack of its own.
    const sysctl = jail.path('/etc/jail.sysctl')
    const text = readFileSync(sysctl, 'utf8')
    writeFileSync(sysctl, text.replace('vnet: 0', 'vnet: 1'))
    const changed = await cook([], parameters)
    t.equal(changed.code, 0, changed.stderr)
    const ps = 'ps -o user= -p "$(cat /var/run/caddy/caddy.pid)"'
    t.equal((await jail.exec(['sh', '-c', ps])).stdout.trim(), 'www')
    t.equal((await ask(jail, versions)).status, 200)
    const { stdout, stderr: wrong, code: end } = await cook([], { EDGE: 'no' })
    t.equal(end, 0, wrong)
    t.match(stdout, 'caddy is stopped')
  })

  await t.test(
    'where the host has opened the low ports www runs it',
    async t => {
      const { jail, cook } = await settle(t, kind, shape)
      const open = await jail.exec([
        ...['sysctl', 'net.inet.ip.portrange.reservedhigh=0'],
      ])
      t.equal(open.code, 0, open.stderr)
      const path = '/etc/jail.sysctl'
      const text = readFileSync(jail.path(path), 'utf8')
      writeFileSync(jail.path(path), text.replace('vnet: 1', 'vnet: 0'))
      const { code, stderr } = await cook([], parameters)
      t.equal(code, 0, stderr)
      t.notMatch(stderr, 'runs as root')
      t.match(
        readFileSync(jail.path('/etc/rc.conf'), 'utf8'),
        'caddy_user="www"',
      )
      t.equal((await ask(jail, versions)).status, 200)
    },
  )

  await t.test('trusted proxies say who the client is', async t => {
    const { jail, cook } = await settle(t, kind, {
      ...shape,
      addresses: [address, proxy],
    })
    const { code, stderr } = await cook([], {
      ...{ ...parameters, IP: address },
      TRUSTEDPROXIES: `${proxy}/32, 192.0.2.64/26`,
      ADMINNETWORKS: '198.51.100.7',
    })
    t.equal(code, 0, stderr)
    const log = () =>
      readFileSync(
        jail.path('/var/log/matrix-synapse/homeserver.log'),
        'utf8',
      ).split('\n')
    const seenAs = async (
      name: string,
      from: string,
      ...headers: string[]
    ): Promise<string | undefined> => {
      await ask(jail, `${versions}?seen=${name}`, {
        more: [
          ...['--interface', from],
          ...headers.flatMap(each => ['--header', `X-Forwarded-For: ${each}`]),
        ],
      })
      const line = () =>
        log().find(
          each =>
            /Processed request/.test(each) && each.includes(`seen=${name}`),
        )
      await until(() => line() !== undefined)
      return line()?.match(/ - (\S+) - \S+ - \{\S*\} Processed/)?.[1]
    }
    for (const [name, from, headers, wanted] of [
      ['stranger', address, ['203.0.113.1'], address],
      ['one', proxy, ['203.0.113.1'], '203.0.113.1'],
      ['spoofed', proxy, ['203.0.113.9, 203.0.113.1'], '203.0.113.1'],
      ['lines', proxy, ['203.0.113.9', '203.0.113.1'], '203.0.113.1'],
      ['two', proxy, ['203.0.113.9, 203.0.113.1, 192.0.2.70'], '203.0.113.1'],
      ['six', proxy, ['203.0.113.9,2001:db8::1'], '2001:db8::1'],
      ['none', proxy, [], proxy],
      // Nobody else is named: Caddy 2.8 and later take the nearest.
      ['own', proxy, ['192.0.2.70'], shape.caddy ? proxy : '192.0.2.70'],
    ] as const) {
      t.equal(await seenAs(name, from, ...headers), wanted, name)
    }
    const admin = '/_synapse/admin/v1/register'
    const asked = async (from: string, header: string): Promise<number> => {
      const more = ['--interface', from, '-H', `X-Forwarded-For: ${header}`]
      return (await ask(jail, admin, { more })).status
    }
    t.equal(await asked(proxy, '198.51.100.7'), 200)
    t.equal(await asked(proxy, '198.51.100.7, 203.0.113.1'), 404)
    t.equal(await asked(address, '198.51.100.7'), 404)
    t.equal((await ask(jail, versions, { host: domain })).status, 200)
  })
}
