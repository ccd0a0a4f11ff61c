// The parameters as Synapse reads them: cook writes each set, and the
// configuration code of the installed Synapse parses it.

import t, { type Test } from 'tap'
import { settle, whyNot, type Setting } from '../setting.ts'

// In one process, because importing Synapse takes most of the time.
const reader = `
import json, sys
from synapse.config.homeserver import HomeServerConfig
c = HomeServerConfig.load_config("", ["-c", sys.argv[1]])
ldap = [config for module, config in c.modules.loaded_modules]
json.dump({
  "server_name": c.server.server_name,
  "public_baseurl": c.server.public_baseurl,
  "admin_contact": c.server.admin_contact,
  "registration": c.registration.enable_registration,
  "unverified": c.registration.enable_registration_without_verification,
  "token": c.registration.registration_requires_token,
  "3pid": c.registration.registrations_require_3pid,
  "shared": c.registration.registration_shared_secret,
  "upload": c.media.max_upload_size,
  "stats": c.metrics.report_stats,
  "mail": {
    "host": c.email.email_smtp_host, "port": c.email.email_smtp_port,
    "user": c.email.email_smtp_user, "pass": c.email.email_smtp_pass,
    "from": c.email.email_notif_from, "force": c.email.force_tls,
    "require": c.email.require_transport_security,
  },
  "ldap": [{
    "uri": i.uri, "base": i.base, "dn": i.bind_dn,
    "password": i.bind_password, "mode": str(i.mode),
  } for i in ldap],
  "listeners": [
    [l.port, l.bind_addresses, l.tls, l.http_options.x_forwarded,
     [n for r in l.http_options.resources for n in r.names]]
    for l in c.server.listeners
  ],
}, sys.stdout)
`

interface Seen {
  shared: string
  mail: Record<string, unknown>
  ldap: Record<string, unknown>[]
  [other: string]: unknown
}

const yaml = '/usr/local/etc/matrix-synapse/homeserver.yaml'

const seen = async ({ jail }: Setting): Promise<Seen> => {
  const { stdout: line } = await jail.exec([
    'sh',
    '-c',
    'sed -n "s/^command=\\"\\{0,1\\}\\([^ \\"]*\\).*/\\1/p" ' +
      '/usr/local/etc/rc.d/synapse',
  ])
  const python = line.trim()
  const { code, stdout, stderr } = await jail.exec(
    ['su', '-m', 'synapse', '-c', `exec ${python} - ${yaml}`],
    { input: reader },
  )
  if (code !== 0) {
    throw new Error(`Synapse does not read it: ${stderr}`)
  }
  return JSON.parse(stdout) as Seen
}

const mail = {
  SMTPHOST: 'mail.example.com',
  SMTPFROM: 'Matrix <m@example.com>',
}

const hostile = [
  ...['null', 'yes', '~', '012', '1e3', ' spaces ', '"quotes" \'both\''],
  ...['back\\slash\\', '%s #x: y', '${HOME} $(id) `id`', '<%= 1 %>', '🔑 ä'],
  ...['CHANGEME', '- a', '{a: b}', '!!str x', '&a *b', '| > @', '\u2028'],
  'x'.repeat(10_000),
]

const why = whyNot('bun')
const setting = why ? undefined : await settle(t, 'bun')

const apply = async (
  t: Test,
  parameters: Record<string, string>,
): Promise<Seen> => {
  const { code, stderr } = await setting!.cook(['--no-start'], parameters)
  t.equal(code, 0, stderr)
  t.notMatch(stderr, /could not be checked/)
  return seen(setting!)
}

if (why) {
  t.plan(0, why)
} else {
  const all = ['client', 'federation']

  await t.test('with TLS, federation and the defaults', async t => {
    t.match(await apply(t, {}), {
      server_name: 'matrix.example.com',
      public_baseurl: 'https://matrix.example.com:8448/',
      admin_contact: 'mailto:admin@example.com',
      registration: false,
      upload: 50 * 1024 * 1024,
      stats: false,
      ldap: [],
      listeners: [
        [8448, ['10.192.0.5'], true, false, all],
        [8008, ['127.0.0.1'], false, false, all],
      ],
    })
  })

  await t.test('behind a proxy, without federation', async t => {
    const parameters = {
      NOSSL: 'TRUE',
      FEDERATION: 'off',
      IP: '10.192.0.5, fd00:0::5',
      MAXUPLOAD: '1g',
      REPORTSTATS: '1',
    }
    t.match(await apply(t, parameters), {
      public_baseurl: 'https://matrix.example.com/',
      upload: 1024 ** 3,
      stats: true,
      listeners: [[8008, ['10.192.0.5', 'fd00::5'], false, true, ['client']]],
    })
  })

  await t.test('Synapse accepts every registration setting', async t => {
    for (const [what, parameters, expected] of [
      ['without mail', {}, { token: true, '3pid': [], unverified: false }],
      ['with mail', mail, { '3pid': ['email'], unverified: false }],
      ['open', { REGISTRATIONVERIFY: 'none' }, { unverified: true }],
      [
        'by token in spite of mail',
        { ...mail, REGISTRATIONVERIFY: 'token' },
        { token: true, '3pid': [] },
      ],
    ] as const) {
      const got = await apply(t, { REGISTRATIONENABLE: 'yes', ...parameters })
      t.match(got, { registration: true, ...expected }, what)
    }
  })

  await t.test('SMTPPORT determines how to secure the connection', async t => {
    for (const [port, force, require] of [
      ['25', false, false],
      ['465', true, false],
      ['587', false, true],
    ] as const) {
      const { mail: got } = await apply(t, { ...mail, SMTPPORT: port })
      t.match(got, { port: Number(port), force, require, user: null }, port)
    }
  })

  await t.test('every value arrives in Synapse unchanged', async t => {
    for (const text of [hostile.slice(0, -1).join(' '), ...hostile.slice(-4)]) {
      const got = await apply(t, {
        ...mail,
        MYSHAREDSECRET: text,
        SMTPUSER: text,
        SMTPPASS: text,
        LDAPSERVER: 'ldap.example.com,fd00::7',
        LDAPPASSWORD: text,
        LDAPDOMAIN: 'corp.eu.example.com',
      })
      t.equal(got.shared, text)
      t.match(got.mail, { host: 'mail.example.com', user: text, pass: text })
      t.equal(got.mail['from'], 'Matrix <m@example.com>')
      t.strictSame(got.ldap, [
        {
          uri: ['ldap://ldap.example.com:389', 'ldap://[fd00::7]:389'],
          base: 'ou=People,dc=corp,dc=eu,dc=example,dc=com',
          dn: 'cn=Manager,dc=corp,dc=eu,dc=example,dc=com',
          password: text,
          mode: got.ldap[0]?.['mode'],
        },
      ])
      t.match(got.ldap[0]?.['mode'], /search/i)
    }
  })
}
