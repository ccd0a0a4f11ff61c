import t, { type Test } from 'tap'
import { exit } from '../../../../lib/contract/failure.ts'
import { homeserver } from '../../../../lib/services/synapse/configuration.ts'
import {
  findRegistrar,
  readLive,
} from '../../../../lib/services/synapse/api/live-homeserver.ts'
import { paths } from '../../../../lib/contract/paths.ts'
import { probeName } from '../../../../lib/net/probe.ts'
import { reveal, Secret } from '../../../../lib/contract/secret.ts'
import { params } from '../../../small/given.ts'
import { hostIn } from '../../../small/host-in.ts'

const live = (t: Test, text: string, more: Record<string, string> = {}) =>
  readLive(hostIn(t, { [paths.homeserver]: text, ...more }))

const listener = (address: string, port: number, more = ''): string =>
  `  - {type: http, port: ${port}, bind_addresses: ["${address}"], ` +
  `resources: [{names: [client, federation]}]${more}}\n`

const hostile = '\'"\\ $x `id` <%= 1 %> # ü🔑 CHANGEME {a: b} '

t.test('the configuration that cook writes is read back', async t => {
  const text = homeserver(params({ MYSHAREDSECRET: hostile }), {
    signingKey: new Secret(''),
    secrets: { macaroon: new Secret('m'), form: new Secret('f') },
    tls: undefined,
    overlays: undefined,
  })
  const { serverName, probes, secret } = await live(t, text)
  t.equal(serverName, 'example.com')
  t.equal(reveal(secret ?? ''), hostile)
  t.same(probes.map(probeName), [
    'http://127.0.0.1:8008',
    'https://10.192.0.5:8448',
  ])
})

t.test('the nearest listener comes first, plain before TLS', async t => {
  const tls = ', tls: true'
  const { probes } = await live(
    t,
    'listeners:\n' +
      listener('10.0.0.1', 1, tls) +
      listener('10.0.0.1', 2) +
      listener('127.0.0.1', 3, tls) +
      listener('::1', 4) +
      listener('0.0.0.0', 5) +
      listener('127.0.1.1', 6) +
      '  - {type: http, path: /x.sock, resources: [{names: [client]}]}\n',
  )
  t.same(
    probes.map(each => ('socket' in each ? each.socket : each.port)),
    [4, 5, 6, '/x.sock', 3, 2, 1],
  )
})

t.test('a listener that is not for clients is ignored', async t => {
  const { probes } = await live(
    t,
    `listeners:
  - {type: http, port: 1, resources: [{names: [federation]}]}
  - {type: http, port: 2, resources: [{names: [keys]}, {names: [client]}]}
  - {type: metrics, port: 3, resources: [{names: [client]}]}
  - {type: http, path: /x.sock, resources: [{names: [federation]}]}
  - {type: http, port: 4}
  - {type: http, port: 5, resources: [{names: client}, 7]}
  - 8008
  -
`,
  )
  t.same(probes, [{ address: '0.0.0.0', port: 2, tls: false }])
  t.same((await live(t, 'listeners: 8008\n')).probes, [])
  t.same((await live(t, 'a: 1\n')).probes, [])
})

t.test('the secret may be in its own file, or missing', async t => {
  const key = 'registration_shared_secret'
  for (const [text, secret] of [
    [`${key}: abc\n`, 'abc'],
    [`${key}_path: /keys/x\n`, 'in a file'],
    [`${key}: null\n${key}_path: /keys/x\n`, 'in a file'],
    [`${key}_path: /keys/none\n`, undefined],
    [`${key}:\n`, undefined],
    [`${key}: ""\n`, undefined],
    [`${key}: [1]\n`, undefined],
    ['a: 1\n', undefined],
  ] as const) {
    const found = await live(t, text, { '/keys/x': ' in a file \n' })
    t.equal(found.secret && reveal(found.secret), secret, text)
  }
})

t.test('it tells who can register', async t => {
  const enabled = 'enable_registration'
  const needed = 'registration_requires_token'
  for (const [text, isOpen, needsToken] of [
    ['a: 1\n', false, false],
    [`${enabled}: false\n`, false, false],
    [`${enabled}: true\n`, true, false],
    [`${enabled}: "yes"\n`, true, false],
    [`${enabled}: true\n${needed}: true\n`, true, true],
    [`${enabled}: true\n${needed}: false\n`, true, false],
    [`${enabled}:\n${needed}: true\n`, false, true],
  ] as const) {
    const { registration } = await live(t, text)
    const needsProof = false
    t.strictSame(registration, { isOpen, needsToken, needsProof }, text)
  }
  for (const proof of [
    'enable_registration_captcha: true',
    'registrations_require_3pid: [email]',
    'registrations_require_3pid: email',
  ]) {
    const { registration } = await live(t, `${enabled}: true\n${proof}\n`)
    t.equal(registration.needsProof, true, proof)
  }
  const none = await live(t, 'registrations_require_3pid: []\n')
  t.equal(none.registration.needsProof, false)
})

t.test('without a configuration it is exit 69', async t => {
  await t.rejects(readLive(hostIn(t, {})), {
    exit: exit.unavailable,
    message: /^there is no homeserver here yet: run cook first/,
  })
})

t.test('a broken configuration is reported', async t => {
  for (const text of ['a: [', 'a: b: c', '{{']) {
    await t.rejects(live(t, text), {
      exit: exit.config,
      message: `${paths.homeserver}: is not YAML: run cook to repair it`,
    })
  }
})

t.test('without a secret no request is sent', async t => {
  const found = { serverName: 'a', probes: [], secret: undefined }
  await t.rejects(findRegistrar(hostIn(t, {}), found), {
    exit: exit.unavailable,
    message: /^Synapse has no registration_shared_secret: local overrides/,
  })
})

t.test('passwords of accounts count unless they are turned off', async t => {
  for (const [text, counts] of [
    ['server_name: a', true],
    ['password_config:', true],
    ['password_config: {localdb_enabled: true}', true],
    ['password_config: {localdb_enabled: false}', false],
    ['password_config: {localdb_enabled: }', false],
    ['password_config: {enabled: true}', true],
  ] as const) {
    const { hasLocalPasswords } = await live(t, text)
    t.equal(hasLocalPasswords, counts, text)
  }
})
