// cook doctor in worlds of their own: a real Synapse, a real nginx, and a name
// server of the test. Each fault is planted alone.

import { existsSync, writeFileSync } from 'node:fs'
import t from 'tap'
import type { FindingName } from '../../../lib/contract/findings/findings.ts'
import { faults, whole } from './faults.ts'
import { at, healthy, inWorld, type World } from './world.ts'
import { makeHierarchy } from './certificates.ts'
import { settle, whyNot } from '../setting.ts'

const why =
  whyNot('bun') || (!existsSync('/usr/sbin/nginx') && 'no nginx (nginx-light)')

const parameters = {
  ...{ DOMAIN: 'example.com', IP: at.synapse, NOSSL: 'yes' },
  PUBLICURL: 'https://matrix.example.com/',
}

if (why) {
  t.plan(0, why)
} else {
  const known = makeHierarchy('Known', t)
  const foreign = makeHierarchy('Foreign', t)
  const ssl = t.testdir({ certs: { [`${known.hash}.0`]: known.root } })
  const setting = await settle(t, 'bun', {
    addresses: [...Object.values(at)],
    mounts: { '/etc/ssl': ssl },
  })
  const pair = (names: string) => whole(known.leaf(names), known)
  const good = healthy({
    proxy: pair('DNS:matrix.example.com'),
    web: pair('DNS:example.com'),
    other: pair('DNS:other.example.com'),
  })
  const doctor = async (world: World, args: string[] = []) =>
    inWorld(setting, world, async () => {
      const argv = ['cook', 'doctor', '--json', ...args]
      const { code, stdout, stderr } = await setting.jail.exec(argv)
      const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}')
      const found = (result.findings ?? []) as Record<string, string>[]
      return { code, stderr, found, ...result } as {
        code: number
        stderr: string
        found: Record<string, string>[]
        unseen: { unseen: string[]; elsewhere: string }[]
        right: FindingName[]
      }
    })

  await t.test('the server is behind a proxy', async t => {
    const { code, stderr } = await setting.cook([], parameters)
    t.equal(code, 0, stderr)
  })

  await t.test('of a healthy server it says nothing', async t => {
    const { code, found, unseen, right } = await doctor(good)
    t.same(found, [])
    t.same(unseen, [])
    t.equal(code, 0)
    t.ok(right.length > 20)
  })

  await t.test('nor from elsewhere', async t => {
    const { code, found, unseen } = await doctor(good, ['--for', 'example.com'])
    t.same(found, [])
    t.same(unseen, [])
    t.equal(code, 0)
  })

  for (const { name, plant, first, says, allows = [] } of faults) {
    await t.test(`${first}: ${name}`, async t => {
      const world = { ...good, ...plant(good, { known, foreign }) }
      const { code, found } = await doctor(world)
      t.equal(code, 1)
      const [top] = found
      t.equal(top?.['finding'], first)
      t.match(`${top?.['says']}. ${top?.['remedy']}`, says)
      const beside = found.filter(each => each['finding'] !== first)
      const stray = beside.filter(
        each => !(allows as string[]).includes(each['finding'] ?? ''),
      )
      t.same(stray, [])
    })
  }

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
      const world = { ...good, ...plant(good, { known, foreign }) }
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

  // Synapse does TLS itself, and DOMAIN is its host name.
  const direct = { DOMAIN: 'example.com', IP: at.synapse, NOSSL: 'no' }
  const alone: World = { ...good, zone: { 'example.com': { A: [at.synapse] } } }
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
    t.same(names(found), ['tls-untrusted'])
    t.match(found[0]?.['says'], /^example\.com:8448 sends a self-signed/)
  })

  await t.test('a supplied one is, once Synapse has loaded it', async t => {
    const done = await setting.cook([], direct)
    supply(pair('DNS:example.com'))
    const { found } = await doctor(alone)
    t.same(names(found), ['tls-untrusted', 'tls-stale'])
    t.equal(done.code, 0)
    t.equal((await setting.cook([], direct)).code, 0)
    const { code, found: none } = await doctor(alone)
    t.same(none, [])
    t.equal(code, 0)
  })
}
