// What the real Caddy makes of the configuration.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import t from 'tap'
import {
  newCertificate,
  newCertificateKey,
} from '../../../lib/tls/certificate.ts'
import { literal } from '../../../lib/services/edge/config/literal.ts'
import { above, bodyLimit } from '../../../lib/services/edge/config/sizes.ts'
import { bytesOf } from '../../../lib/params/kinds/plain.ts'
import { renderEdge } from '../../../lib/services/edge/config/index.ts'
import { plainly } from '../../hostile/planned.ts'
import { carriable } from '../../hostile/texts.ts'
import { params, type Given } from '../../small/given.ts'
import { until } from '../../support/until.ts'
import {
  caddy,
  newestCaddy,
  whyNoCaddy,
  whyNotNewest,
} from '../../support/caddy.ts'

const dir = mkdtempSync(join(tmpdir(), 'cook-edge-'))
t.teardown(() => rmSync(dir, { recursive: true, force: true }))
const key = newCertificateKey()
const names = { host: 'a.example', addresses: [] }
writeFileSync(join(dir, 'tls.key'), key)
const certificate = await newCertificate(key, names, new Date())
writeFileSync(join(dir, 'tls.crt'), certificate)
writeFileSync(join(dir, 'acme-ca.pem'), certificate)
mkdirSync(join(dir, 'log'))

/** The text with paths of this test instead of those of a jail. */
const here = (config: string): string =>
  config
    .replaceAll('/usr/local/etc/caddy/cook/', `${dir}/`)
    .replaceAll('/var/log/caddy/', `${dir}/log/`)

const everything: Given = {
  ...{ EDGE: 'yes', PUBLICHOST: 'matrix.example.com', SERVEDOMAIN: 'yes' },
  ...{ ACME: 'yes', ACMEDIRECTORY: 'staging', ACMECA: '/root/ca.pem' },
  ...{ ACMEKID: 'a{env.HOME}b', ACMEHMAC: 'aGFsbG8', ACCESSLOG: 'yes' },
  SUPPORTPAGE: 'https://example.com/?a=b#c',
  SUPPORTCONTACT: '@a{env.HOME}"b\\:example.com',
  ALERTEMAIL: 'a{env.HOME}`$}{@example.com',
  IP: '10.192.0.5,fd00::5',
  ADMINNETWORKS: '10.0.0.0/8,::1',
}
const proxied = { TRUSTEDPROXIES: '10.0.0.1,192.0.2.0/24,2001:db8::/32' }

const cases: Given[] = [
  { EDGE: 'yes' },
  { EDGE: 'yes', FEDERATION: 'no' },
  { EDGE: 'yes', DOMAIN: '10.0.0.1:8448' },
  { EDGE: 'yes', ACME: 'yes', DOMAIN: 'a.example:443', IP: '0.0.0.0,::' },
  everything,
  { ...everything, ...proxied },
]

const validated = (program: string, given: Given, isModern: boolean) => {
  const path = join(dir, 'cook.json')
  const isSupplied = given['ACME'] !== 'yes'
  const setting = { storage: `${dir}/storage`, isModern, isSupplied }
  writeFileSync(path, here(renderEdge(params(given), setting)))
  return spawnSync(program, ['validate', '--config', path], {
    encoding: 'utf8',
    env: { HOME: dir },
  })
}

t.test('Caddy takes each configuration', { skip: whyNoCaddy }, async t => {
  for (const given of cases) {
    const { status, stderr } = validated(caddy!, given, false)
    t.equal(status, 0, `${JSON.stringify(given)} ${stderr}`)
  }
})

t.test('so does the newest one', { skip: whyNotNewest }, async t => {
  for (const given of cases) {
    const { status, stderr } = validated(newestCaddy, given, true)
    t.equal(status, 0, `${JSON.stringify(given)} ${stderr}`)
  }
})

const get = (socketPath: string, path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    request({ socketPath, path }, answer =>
      resolve(buffer(answer).then(String)),
    )
      .on('error', reject)
      .end()
  })

t.test(
  'any text arrives through Caddy as it is',
  { skip: whyNoCaddy },
  async t => {
    const texts = [
      ...[
        '{env.HOME}',
        '\\{env.HOME\\}',
        '\\{',
        '}',
        '\\}',
        '{',
        '{{',
        '\\\\{a}',
      ],
      ...['{"a":"{env.HOME}"}', '{http.request.uri}', '`"\'$', '{}', '\\'],
      ...fc.sample(carriable, { numRuns: 300, seed: 7 }),
    ]
    const socket = join(dir, 'x.sock')
    const config = {
      admin: { disabled: true },
      apps: {
        http: {
          servers: {
            all: {
              listen: [`unix/${socket}`],
              routes: texts.map((each, index) => ({
                match: [{ path: [`/${index}`] }],
                handle: [{ handler: 'static_response', body: literal(each) }],
              })),
            },
          },
        },
      },
    }
    const path = join(dir, 'texts.json')
    writeFileSync(path, JSON.stringify(config))
    const env = { HOME: dir }
    const running = spawn(caddy!, ['run', '--config', path], {
      env,
      stdio: 'ignore',
    })
    const ended = once(running, 'exit')
    try {
      await until(() =>
        get(socket, '/').then(
          () => true,
          () => false,
        ),
      )
      const wrong: string[] = []
      for (const [index, each] of texts.entries()) {
        const got = await get(socket, `/${index}`)
        got === each || wrong.push(plainly(each))
      }
      t.same(wrong, [])
    } finally {
      running.kill()
      await ended
    }
  },
)

t.test('a limit has the unit of MAXUPLOAD', async t => {
  for (const [size, bytes] of [
    ['1', 1],
    ['7K', 7168],
    ['50M', 52_428_800],
  ] as const) {
    t.equal(bytesOf(size), bytes, size)
  }
  t.equal(bodyLimit('1M'), 13_200_000, 'federation needs more')
  t.equal(bodyLimit('50M'), 52_428_800)
})

t.test('a length above a limit is told from one that is not', async t => {
  for (const limit of [1, 9, 10, 99, 7168, 13_200_000, 52_428_800]) {
    const pattern = new RegExp(above(limit))
    for (const less of [0, 1, limit - 1, limit]) {
      t.notMatch(String(less), pattern, `${less} <= ${limit}`)
    }
    for (const more of [1, 2, 9, 10, 1000, limit, 9 * limit + 1]) {
      t.match(String(limit + more), pattern, `${limit + more} > ${limit}`)
    }
  }
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (limit, length) => {
      return new RegExp(above(limit)).test(String(length)) === length > limit
    }),
  )
})
