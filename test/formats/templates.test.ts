// The module that replaces lib/formats/templates.ts in the bundle.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { quoteYaml } from '../../lib/formats/quote.ts'
import * as source from '../../lib/formats/templates.ts'

const build = new URL('../../build/templates.mjs', import.meta.url)
const { templatesModule, valuesOf } = (await import(build.href)) as {
  templatesModule: () => string
  valuesOf: (text: string) => string[]
}
const bundled = (await import(
  `data:text/javascript,${encodeURIComponent(templatesModule())}`
)) as typeof source

const folder = fileURLToPath(new URL('../../templates/', import.meta.url))
const names = readdirSync(folder)
  .map(file => file.replace(/\.ejs$/, ''))
  .filter(name => name !== 'cook.8')

const listener = {
  port: 8008,
  tls: false,
  xForwarded: true,
  addresses: ['::1'],
}

/** Each value that a template uses, for those that are not given below. */
const anything = Object.fromEntries(
  names
    .flatMap(name => valuesOf(readFileSync(`${folder}${name}.ejs`, 'utf8')))
    .map(name => [name, 'x']),
)

/** Values for all templates, so that most of their branches are used. */
const values = {
  ...anything,
  ...{ cook: '/cook', failed: '/failed', log: '/log', parameters: '/p.env' },
  ...{ logFile: 'a "b" <%= c %>', logLevel: 'INFO', overlayDir: '/mnt' },
  ...{ serverName: 'a', publicUrl: 'b', adminContact: 'c', reportStats: true },
  ...{ pidFile: '/pid', logConfig: '/log.config', resources: ['client'] },
  ...{ listeners: [{ ...listener, fromIp: true }, listener], federation: true },
  ...{ federationCa: ['/1.pem', '/2.pem'], tls: { certificate: 1, key: 2 } },
  ...{ database: '/db', mediaDir: '/media', maxUpload: 3, signingKey: '/key' },
  ...{ macaroonSecret: 'm', formSecret: 'f', registrationSecret: 'r' },
  ...{ registration: 'token', ldapUris: ['ldap://a'], user: 'control' },
  more: [['logs', 'x']],
  turn: { uris: ['turn:a'], secret: 's' },
  rtc: { url: 'u', jwt: 'j' },
  mail: {
    host: 'h',
    port: 25,
    tls: 'starttls',
    user: 'u',
    password: 'p',
    from: 1,
  },
  ldap: {
    ...{ security: 'starttls', caPath: '/ca', base: 'b', bindDn: 'd' },
    ...{ password: 'p', filter: 'f' },
    attributes: { uid: 'u', mail: 'm', name: 'n' },
  },
  ...{ hostKeys: ['/a', '/b'], authorizedKeys: '/keys', ours: true },
}

t.test('each template prints the same in the bundle', async t => {
  for (const name of names) {
    const [made, read] = [bundled, source].map(({ templateNamed }) =>
      templateNamed(name)?.(values, quoteYaml),
    )
    t.ok(read, name)
    t.equal(made, read, name)
  }
})

t.test('a name without a value is an error there too', async t => {
  const { logLevel: _, ...others } = values
  const missing = new ReferenceError('logLevel is not defined')
  t.throws(
    () => bundled.templateNamed('log.yaml')?.(others, quoteYaml),
    missing,
  )
})

t.test('an unknown name has no template', async t => {
  for (const name of ['none.yaml', 'log', '', 'cook.8', 'constructor']) {
    t.equal(bundled.templateNamed(name), undefined, name)
  }
})
