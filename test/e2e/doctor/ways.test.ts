// cook doctor from where it sees little, from elsewhere, and of a server that
// changes.

import { writeFileSync } from 'node:fs'
import t from 'tap'
import { faults } from './faults.ts'
import { makePlace, whyNoPlace } from './place.ts'
import { at, clientFile, inWorld, serverFile, type World } from './world.ts'

const why = whyNoPlace('bundle')

if (why) {
  t.plan(0, why)
} else {
  const place = await makePlace(t, 'bundle')
  const { setting, parameters, authorities, good, pair, doctor } = place

  await t.test('the server is behind a proxy', place.start)

  await t.test('of a healthy server it says nothing', async t => {
    const { code, found, unseen } = await doctor(good)
    t.same(found, [])
    t.same(unseen, [])
    t.equal(code, 0)
  })

  /** The names of what is found, in order. */
  const names = (found: readonly Record<string, string>[]) =>
    found.map(each => each['finding'])

  const inJail = async (...argv: string[]): Promise<void> => {
    const { code, stderr } = await setting.jail.exec(argv)
    if (code !== 0) {
      throw new Error(`${argv.join(' ')}: ${stderr}`)
    }
  }

  // Packets to an address of the cable are lost, as behind some NAT.
  const nat: World = {
    ...good,
    zone: {
      'example.com': { A: ['198.51.100.7'] },
      'matrix.example.com': { A: ['198.51.100.7'], AAAA: ['2001:db8::7'] },
    },
  }

  await t.test('behind NAT it says where to look from', async t => {
    const without = await doctor(nat)
    t.same(without.found, [], 'without a route')
    t.same(without.code, 0)
    const cable = ['ip', 'link', 'add', 'out', 'type', 'veth', 'peer', 'in']
    for (const argv of [
      cable,
      ['ip', 'link', 'set', 'out', 'up'],
      ['ip', 'link', 'set', 'in', 'up'],
      ['ip', 'address', 'add', '10.193.0.1/30', 'dev', 'out'],
      ['ip', 'route', 'add', '198.51.100.0/24', 'via', '10.193.0.2'],
      ['ip', 'neigh', 'add', '10.193.0.2', 'lladdr', '02:00:00:00:00:01'],
    ]) {
      const words =
        argv[1] === 'neigh' ? [...argv, 'dev', 'out', 'nud', 'permanent'] : argv
      const { code, stderr } = await setting.jail.exec(words, { host: true })
      t.equal(code, 0, stderr)
    }
    const { code, found, unseen } = await doctor(nat)
    t.same(found, [])
    t.equal(code, 0)
    for (const { elsewhere } of unseen) {
      t.equal(elsewhere, 'cook doctor --for example.com')
    }
    const hidden = unseen.flatMap(each => each.unseen)
    for (const name of ['port-closed', 'key-foreign', 'well-known-json']) {
      t.ok(hidden.includes(name), name)
    }
  })

  await t.test('from elsewhere the same silence is a finding', async t => {
    const { code, found } = await doctor(nat, ['--for', 'example.com'])
    t.equal(code, 1)
    t.equal(names(found)[0], 'well-known-unreachable')
    t.ok(found.length > 1)
    for (const { because } of found.slice(1)) {
      t.equal(because, 'well-known-unreachable')
    }
  })

  await t.test('from elsewhere it finds the same faults', async t => {
    const wanted = ['tls-chain', 'well-known-redirect', 'federation-path']
    for (const name of wanted) {
      const { plant, first } = faults.find(each => each.first === name)!
      const world = { ...good, ...plant(good, authorities) }
      const { found } = await doctor(world, ['--for', 'example.com'])
      t.equal(names(found)[0], first)
    }
  })

  await t.test('a user who is not root may look from elsewhere', async t => {
    const [code, refused] = await inWorld(setting, good, async () => {
      const as = { user: 'synapse' }
      const argv = ['cook', 'doctor', '--for', 'example.com']
      const done = await setting.jail.exec(argv, as)
      const here = await setting.jail.exec(['cook', 'doctor'], as)
      return [done.code, here.code] as const
    })
    t.equal(code, 0)
    t.equal(refused, 77)
  })

  await t.test('a stopped Synapse is the cause of what follows', async t => {
    await inJail('service', 'synapse', 'onestop')
    const { code, found } = await doctor(good)
    t.equal(code, 1)
    const [top, ...rest] = found
    t.equal(top?.['finding'], 'service-down')
    t.ok(rest.length > 0)
    for (const { because } of rest) {
      t.equal(because, 'service-down')
    }
    await inJail('service', 'synapse', 'onestart')
  })

  await t.test('registration that is open to everybody', async t => {
    const open = { REGISTRATIONENABLE: 'yes', REGISTRATIONVERIFY: 'none' }
    const done = await setting.cook([], { ...parameters, ...open })
    t.equal(done.code, 0, done.stderr)
    const { found } = await doctor(good)
    t.same(names(found), ['registration-open'])
    const guarded = { REGISTRATIONENABLE: 'yes', REGISTRATIONVERIFY: 'token' }
    t.equal((await setting.cook([], { ...parameters, ...guarded })).code, 0)
    t.same((await doctor(good)).found, [])
  })

  // Synapse does TLS itself; DOMAIN delegates to its host name.
  const url = 'https://matrix.example.com:8448'
  const direct = { ...parameters, NOSSL: 'no', PUBLICURL: `${url}/` }
  const alone: World = {
    ...good,
    web: serverFile('matrix.example.com:8448') + clientFile(url),
    zone: { ...good.zone, 'matrix.example.com': { A: [at.synapse] } },
  }
  const crt = '/mnt/matrixdata/tls/example.com.crt'
  const supply = ({
    certificate,
    key,
  }: {
    certificate: string
    key: string
  }) => {
    writeFileSync(setting.jail.path(crt.replace(/crt$/, 'key')), key)
    writeFileSync(setting.jail.path(crt), certificate)
  }

  await t.test("Synapse's own certificate is not trusted", async t => {
    const done = await setting.cook([], direct)
    t.equal(done.code, 0, done.stderr)
    const { found } = await doctor(alone)
    t.same(names(found), ['tls-name', 'tls-untrusted'])
    const place = 'matrix.example.com:8448'
    t.match(found[1]?.['says'], `${place} sends a self-signed certificate`)
  })

  await t.test('a supplied one is, once Synapse has loaded it', async t => {
    supply(pair('DNS:example.com,DNS:matrix.example.com'))
    const { found } = await doctor(alone)
    t.same(names(found), [
      ...['tls-name', 'tls-untrusted', 'tls-stale'],
      'process-outdated',
    ])
    t.equal(found.at(-1)?.['because'], 'tls-stale')
    t.equal((await setting.cook([], direct)).code, 0)
    const { code, found: none } = await doctor(alone)
    t.same(none, [])
    t.equal(code, 0)
  })
}
