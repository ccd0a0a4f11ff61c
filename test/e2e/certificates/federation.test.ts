// Two homeservers of cook federate, over a cable between their jails: that
// proves that TLS, keys and names are correct.

import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join as pathOf } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { makeAuthority, makeSelfSigned } from '../../jail/authority.ts'
import { connect } from '../../jail/cable.ts'
import { join, type Reply, type User } from '../matrix.ts'
import {
  differences,
  jailPicture,
  settle,
  whyNot,
  type Setting,
} from '../setting.ts'

// One has a server name with a port, and a private address; the name of the
// other is an IPv6 address that Synapse treats as public (RFC 9637).
const names = { one: 'one.example.com:8448', two: '[3fff::2]' } as const
const addresses = {
  one: ['10.192.0.1', '3fff::1'],
  two: ['3fff::2', '10.192.0.2'],
} as const

type Name = keyof typeof names

const folder = '/usr/local/etc/matrix-synapse/federation-ca'
const refusal = /certificate verify failed/

/** The local overrides for a private network. */
const manual = readFileSync(
  new URL('../../../docs/operations.md', import.meta.url),
  'utf8',
)
const own = manual.match(/```yaml\n(ip_range_whitelist: [^]*?)```/)?.[1] ?? ''

const make = async (t: Test, name: Name, ssl: string) => {
  const setting = await settle(t, 'bun', {
    addresses: [...addresses[name]],
    mounts: { '/etc/ssl': ssl },
  })
  const { jail } = setting
  appendFileSync(jail.path('/etc/hosts'), '10.192.0.1 one.example.com\n')
  const overlays = jail.path('/mnt/matrixdata/homeserver.d')
  mkdirSync(overlays, { recursive: true, mode: 0o750 })
  writeFileSync(pathOf(overlays, '10-private.yaml'), own)
  const parameters = { DOMAIN: names[name], IP: addresses[name].join(',') }
  return {
    ...setting,
    cook: (args: string[] = [], more: Record<string, string> = {}) =>
      setting.cook(args, { ...parameters, ...more }),
  }
}

const certificate = ({ jail }: Setting, name: Name): string =>
  jail.path(`/mnt/matrixdata/tls/${names[name]}.crt`)

const log = ({ jail }: Setting): string =>
  readFileSync(jail.path('/var/log/matrix-synapse/homeserver.log'), 'utf8')

/** The message in a room as soon as it is there, or the last state. */
const read = async (user: User, room: string, body: string): Promise<Reply> => {
  const path = `/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=5`
  for (let n = 0; ; n++) {
    const reply = await user.ask('GET', path)
    if (JSON.stringify(reply.body).includes(body) || n === 100) {
      return reply
    }
    await sleep(200)
  }
}

const send = (user: User, room: string, body: string): Promise<Reply> => {
  const path = `/rooms/${encodeURIComponent(room)}/send/m.room.message/${body}`
  const content = JSON.stringify({ msgtype: 'm.text', body })
  return user.ask('PUT', path, { body: content })
}

/** The result of a request from one user's server to another's. */
const asked = async (
  setting: Setting,
  user: User,
  other: User,
): Promise<string> => {
  const before = log(setting).length
  const path = `/profile/${encodeURIComponent(other.id)}/displayname`
  const { status } = await user.ask('GET', path)
  return status === 200
    ? 'trusted'
    : refusal.test(log(setting).slice(before))
      ? 'not trusted'
      : `${status}`
}

const why = whyNot('bun')
if (why) {
  t.plan(0, why)
} else {
  const authority = makeAuthority('System authority')
  const bystander = makeSelfSigned('DNS:nobody.example.com')
  // /etc/ssl of FreeBSD: a directory of links, named by the hash of the
  // subject.
  const ssl = t.testdir({
    one: {
      trusted: { 'own.pem': authority.certificate },
      certs: { '01234567.0': bystander.certificate },
    },
    two: { certs: { '01234567.0': bystander.certificate } },
  })
  const root = pathOf(ssl, 'one/trusted/own.pem')
  const hash = execFileSync(
    'openssl',
    ['x509', '-noout', '-subject_hash', '-in', root],
    { encoding: 'utf8' },
  ).trim()

  const one = await make(t, 'one', pathOf(ssl, 'one'))
  const two = await make(t, 'two', pathOf(ssl, 'two'))
  await connect(one.jail, two.jail)
  const trusted = { FEDERATIONCA: '/root/peer.pem' }
  let alice: User
  let bob: User
  let room = ''
  const alias = encodeURIComponent(`#room:${names.one}`)

  await t.test('without FEDERATIONCA the certificate is refused', async t => {
    for (const setting of [one, two]) {
      const { code, stderr } = await setting.cook()
      t.equal(code, 0, stderr)
    }
    alice = await join(one, 'alice', undefined, '--admin')
    bob = await join(two, 'bob')
    const made = await alice.ask('POST', '/createRoom', {
      body: '{"preset": "public_chat", "room_alias_name": "room"}',
    })
    room = String(made.body['room_id'])
    const joined = await bob.ask('POST', `/join/${alias}`, { body: '{}' })
    t.equal(joined.status, 502)
    t.match(log(two), refusal)
  })

  await t.test('with it a user of one joins a room of the other', async t => {
    for (const [setting, peer, name] of [
      [one, two, 'two'],
      [two, one, 'one'],
    ] as const) {
      writeFileSync(
        setting.jail.path('/root/peer.pem'),
        readFileSync(certificate(peer, name)),
      )
      const plan = await setting.cook(['plan'], trusted)
      t.equal(
        plan.stdout,
        `dir ${folder} is missing\n` +
          `files ${folder} have 2 of 2 missing or wrong\n` +
          'file /usr/local/etc/matrix-synapse/homeserver.yaml has different ' +
          'content\nservice synapse must read /usr/local/etc/matrix-synapse/' +
          'homeserver.yaml again\n' +
          'file /mnt/matrixdata/cook/params.env has different content\n' +
          'file /var/db/cook/last.json has different content\n',
      )
      const { code, stderr } = await setting.cook([], trusted)
      t.equal(code, 0, stderr)
      t.equal(stderr, '')
    }
    const joined = await bob.ask('POST', `/join/${alias}`, { body: '{}' })
    t.match(joined, { status: 200, body: { room_id: room } })
  })

  await t.test('both send and both read', async t => {
    for (const [sender, reader, text] of [
      [alice, bob, 'from-one'],
      [bob, alice, 'from-two'],
    ] as const) {
      t.equal((await send(sender, room, text)).status, 200)
      t.match(await read(reader, room, text), {
        body: { chunk: [{ sender: sender.id, content: { body: text } }] },
      })
    }
  })

  await t.test('a second run changes nothing', async t => {
    const before = jailPicture(one.jail)
    const { code, stdout } = await one.cook([], trusted)
    t.equal(code, 0)
    t.match(stdout, /nothing to do/)
    t.strictSame(differences(before, jailPicture(one.jail)), [])
  })

  await t.test("the system's authorities stay trusted", async t => {
    const signed = authority.sign('IP:3fff::2,IP:10.192.0.2')
    const crt = certificate(two, 'two')
    writeFileSync(crt.replace(/crt$/, 'key'), signed.key)
    writeFileSync(crt, signed.certificate)
    // Connections that are open would keep the old one.
    await two.jail.exec(['service', 'synapse', 'stop'])
    t.equal((await two.cook([], trusted)).code, 0)
    t.equal(await asked(one, alice, bob), 'not trusted', 'not known yet')

    const link = pathOf(ssl, `one/certs/${hash}.0`)
    symlinkSync('../trusted/own.pem', link)
    const more = await one.cook([], trusted)
    t.match(more.stdout, `files ${folder} have 1 of 3 missing or wrong: mended`)
    t.equal(await asked(one, alice, bob), 'trusted')
    const path =
      `/_synapse/admin/v1/federation/destinations/` +
      `${encodeURIComponent(names.two)}/reset_connection`
    await one.jail.fetch(`http://127.0.0.1:8008${path}`, {
      method: 'POST',
      body: '{}',
      headers: alice.headers,
    })
    t.equal((await send(alice, room, 'still')).status, 200)
    t.match(await read(bob, room, 'still'), {
      body: { chunk: [{ content: { body: 'still' } }] },
    })

    unlinkSync(link)
    const less = await one.cook([], trusted)
    t.match(less.stdout, `files ${folder} have 1 too many: mended`)
    t.equal(await asked(one, alice, bob), 'not trusted', 'not any more')
  })

  await t.test('errors in the files are reported with all others', async t => {
    const { jail } = one
    writeFileSync(jail.path('/root/key.pem'), authority.key)
    writeFileSync(jail.path('/root/words.pem'), 'words\n')
    const before = jailPicture(jail)
    const { code, stderr } = await one.cook([], {
      FEDERATIONCA: '/root/none.pem,/root/key.pem,/root/words.pem',
      SMTPPORT: '58x7',
    })
    t.equal(code, 78)
    for (const line of [
      'FEDERATIONCA: /root/none.pem: no such file',
      'FEDERATIONCA: /root/key.pem: contains a private key: .*',
      'FEDERATIONCA: /root/words.pem: contains no PEM certificate',
      'SMTPPORT \\(environment\\): "58x7" is not a port \\(1-65535\\)',
    ]) {
      t.match(stderr, new RegExp(`^error: ${line}$`, 'm'))
    }
    t.strictSame(differences(before, jailPicture(jail)), [])
  })

  await t.test('with its old value its files are as before', async t => {
    const { jail } = one
    const overlay = jail.path('/mnt/matrixdata/homeserver.d/50-bad.yaml')
    writeFileSync(
      overlay,
      'listeners: [{port: 8008, type: http, bind_addresses: [10.9.9.9], ' +
        'resources: [{names: [client]}]}]',
    )
    writeFileSync(jail.path('/root/other.pem'), bystander.certificate)
    const other = { FEDERATIONCA: '/root/other.pem' }
    const before = readdirSync(jail.path(folder))
    const { code, stderr } = await one.cook([], other)
    t.equal(code, 69)
    t.same(readdirSync(jail.path(folder)), before)
    t.match(stderr, /previous files were restored, and it is healthy/)
    rmSync(overlay)
    t.equal((await one.cook([], trusted)).code, 0)
    const next = await one.cook([], other)
    t.match(next.stdout, `files ${folder} have 1 too many: mended`)
  })

  await t.test('without FEDERATIONCA its files are removed', async t => {
    const { code, stdout } = await one.cook()
    t.equal(code, 0)
    t.match(stdout, `files ${folder} have 1 too many: mended`)
    t.same(readdirSync(one.jail.path(folder)), [])
    const yaml = '/usr/local/etc/matrix-synapse/homeserver.yaml'
    t.notMatch(readFileSync(one.jail.path(yaml), 'utf8'), folder)
    t.match((await one.cook()).stdout, /nothing to do/)
  })
}
