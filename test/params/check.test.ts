import t from 'tap'
import { check } from '../../lib/params/check.ts'
import { paramKey, rows, type ParamName } from '../../lib/params/params.ts'
import { newReport, renderFault, show } from '../../lib/contract/report.ts'
import { reveal } from '../../lib/contract/secret.ts'
import { gathered, required, secrets } from '../small/given.ts'

const checked = (values: Readonly<Record<string, string>>) => {
  const report = newReport()
  const result = check(gathered(values), report)
  return { ...result, faults: report.faults.map(renderFault) }
}

t.test('three values are enough: the rest has defaults', async t => {
  const { params, right, faults } = checked(required)
  t.same(faults, [])
  t.equal(params, right)
  t.match(params, {
    domain: { name: 'example.com', host: 'example.com', port: undefined },
    ip: ['10.192.0.5'],
    alertEmail: 'admin@example.com',
    noSsl: false,
    edge: false,
    publicUrl: undefined,
    federation: true,
    federationCa: undefined,
    maxUpload: '50M',
    reportStats: false,
    logLevel: 'INFO',
    logTo: 'file',
    registrationEnable: false,
    registrationVerify: undefined,
    mySharedSecret: undefined,
    adminUser: undefined,
    adminPass: undefined,
    smtpHost: undefined,
    smtpPort: undefined,
    smtpTls: 'auto',
    smtpCa: undefined,
    smtpUser: undefined,
    smtpPass: undefined,
    smtpFrom: undefined,
    ldapServer: undefined,
    ldapPassword: undefined,
    ldapDomain: undefined,
    ldapTls: 'none',
    ldapCa: undefined,
    ldapBase: undefined,
    ldapBindDn: undefined,
    ldapFilter: undefined,
    ldapUid: 'uid',
    ldapMail: 'mail',
    ldapName: 'givenName',
    ldapOnly: false,
    turnUris: undefined,
    turnSecret: undefined,
    rtcUrl: undefined,
    rtcJwt: undefined,
    controlUser: false,
    startTimeout: 120,
  })
})

t.test('every value is parsed by its kind', async t => {
  const examples = Object.fromEntries(rows.map(row => [row.name, row.example]))
  // These exclude REGISTRATIONENABLE and EDGE.
  const without = { LDAPONLY: 'no', NOSSL: 'no' }
  const { params, faults } = checked({ ...examples, ...without })
  t.match(faults, [/^warning: REGISTRATIONENABLE /])
  t.equal(faults.length, 1)
  t.match(
    params && {
      ...params,
      mySharedSecret: reveal(params.mySharedSecret ?? ''),
      adminPass: reveal(params.adminPass ?? ''),
      smtpPass: reveal(params.smtpPass ?? ''),
      ldapPassword: reveal(params.ldapPassword ?? ''),
    },
    {
      domain: { name: 'example.com', host: 'example.com', port: undefined },
      ip: ['10.192.0.5'],
      alertEmail: 'admin@example.com',
      noSsl: false,
      edge: true,
      publicHost: 'matrix.example.com',
      serveDomain: true,
      acme: true,
      acmeDirectory: 'https://acme.example.com/directory',
      acmeCa: ['/root/acme-ca.pem'],
      acmeKid: 'kid-1',
      supportPage: 'https://example.com/support',
      supportContact: '@alice:example.com',
      trustedProxies: ['10.192.0.1', '192.0.2.0/24'],
      adminNetworks: ['10.192.0.0/24'],
      accessLog: true,
      publicUrl: 'https://matrix.example.com/',
      federation: false,
      federationCa: ['/root/peer.pem'],
      maxUpload: '200M',
      reportStats: true,
      logLevel: 'WARNING',
      logTo: 'stdout',
      registrationEnable: true,
      registrationVerify: 'token',
      mySharedSecret: 'a long random text',
      adminUser: 'admin',
      adminPass: 'a long password',
      smtpHost: 'mail.example.com',
      smtpPort: 587,
      smtpTls: 'starttls',
      smtpCa: '/root/mail-ca.pem',
      smtpUser: 'matrix',
      smtpPass: 'its password',
      smtpFrom: 'Matrix <noreply@example.com>',
      ldapServer: ['ldap.example.com'],
      ldapPassword: "the manager's password",
      ldapDomain: 'example.com',
      ldapTls: 'starttls',
      ldapCa: '/root/ldap-ca.pem',
      ldapBase: 'ou=Staff,dc=example,dc=com',
      ldapBindDn: 'cn=matrix,dc=example,dc=com',
      ldapFilter: '(memberOf=cn=chat,dc=example,dc=com)',
      ldapUid: 'sAMAccountName',
      ldapMail: 'email',
      ldapName: 'displayName',
      ldapOnly: false,
      controlUser: true,
      startTimeout: 300,
    },
  )
})

t.test('one report has every error', async t => {
  const wrong: Record<string, string> = {
    DOMAIN: 'https://example.com',
    IP: 'example.com',
    NOSSL: 'maybe',
    PUBLICURL: 'example.com',
    FEDERATION: '2',
    FEDERATIONCA: 'peer.pem',
    MAXUPLOAD: '50MB',
    REPORTSTATS: 'x',
    LOGLEVEL: 'loud',
    LOGTO: 'x',
    REGISTRATIONENABLE: 'x',
    REGISTRATIONVERIFY: 'x',
    ADMINUSER: 'Admin',
    SMTPHOST: 'mail example',
    SMTPPORT: '58x7',
    SMTPTLS: 'ssl',
    SMTPCA: 'ca.pem',
    SMTPUSER: 'matrix',
    LDAPSERVER: 'ldap://x',
    LDAPTLS: 'ssl',
    LDAPCA: 'ca.pem',
    LDAPBASE: 'People',
    LDAPBINDDN: 'cn=Manager, dc=x',
    LDAPFILTER: 'mail=*',
    LDAPUID: 'u_id',
    LDAPMAIL: '0.9.2342.19200300.100.1.3',
    LDAPNAME: '',
    LDAPONLY: 'x',
    CONTROLUSER: 'x',
    STARTTIMEOUT: '0',
  }
  const { params, right, faults } = checked(wrong)
  t.equal(params, undefined)
  t.strictSame(
    new Set(
      rows.filter(({ name }) => name in wrong).map(row => right[paramKey(row)]),
    ),
    new Set([undefined, 'matrix']),
    'only SMTPUSER is right',
  )
  const yes = 'is not yes or no (true/false, on/off, 1/0)'
  const ldap =
    'LDAPSERVER, LDAPTLS, LDAPCA, LDAPBASE, LDAPBINDDN, LDAPFILTER, LDAPUID, ' +
    'LDAPMAIL, LDAPNAME and LDAPONLY'
  const levels = 'DEBUG, INFO, WARNING, ERROR, CRITICAL'
  const given = (name: string, value: string, fault: string) =>
    `error: ${name} (environment): "${value}" ${fault}`
  t.strictSame(faults, [
    given(
      'DOMAIN',
      'https://example.com',
      'is a URL: write only the name, without "https://"',
    ),
    given('IP', 'example.com', 'is not an IPv4 or IPv6 address'),
    'error: ALERTEMAIL (missing): required, for example admin@example.com',
    given('NOSSL', 'maybe', yes),
    given(
      'PUBLICURL',
      'example.com',
      'does not begin with https:// or http://',
    ),
    given('FEDERATION', '2', yes),
    given(
      'FEDERATIONCA',
      'peer.pem',
      'is not an absolute path: begin it with /',
    ),
    given(
      'MAXUPLOAD',
      '50MB',
      'is not a size such as 50M (K, M, G, T or bytes)',
    ),
    given('REPORTSTATS', 'x', yes),
    given('LOGLEVEL', 'loud', `is not one of ${levels}`),
    given('LOGTO', 'x', 'is not one of file, stdout'),
    given('REGISTRATIONENABLE', 'x', yes),
    given('REGISTRATIONVERIFY', 'x', 'is not one of email, token, none'),
    given('ADMINUSER', 'Admin', 'has upper-case letters: write "admin"'),
    given(
      'SMTPHOST',
      'mail example',
      'contains a space, which host names cannot have',
    ),
    given('SMTPPORT', '58x7', 'is not a port (1-65535)'),
    given('SMTPTLS', 'ssl', 'is not one of auto, none, starttls, implicit'),
    given('SMTPCA', 'ca.pem', 'is not an absolute path: begin it with /'),
    given('LDAPSERVER', 'ldap://x', 'has a scheme: write "x"'),
    given('LDAPTLS', 'ssl', 'is not one of none, starttls, ldaps'),
    given('LDAPCA', 'ca.pem', 'is not an absolute path: begin it with /'),
    given('LDAPBASE', 'People', 'contains "People", which is not name=value'),
    given(
      'LDAPBINDDN',
      'cn=Manager, dc=x',
      'has spaces around its parts: write "cn=Manager,dc=x"',
    ),
    given(
      'LDAPFILTER',
      'mail=*',
      'has no parentheses around it: write "(mail=*)"',
    ),
    given('LDAPUID', 'u_id', 'is not an attribute name'),
    given(
      'LDAPMAIL',
      '0.9.2342.19200300.100.1.3',
      "is an OID: use the attribute's name",
    ),
    given('LDAPNAME', '', 'is not an attribute name'),
    given('LDAPONLY', 'x', yes),
    given('CONTROLUSER', 'x', yes),
    given('STARTTIMEOUT', '0', 'is not a number of seconds (1-86400)'),
    'error: SMTPFROM (missing): required by SMTPHOST',
    'error: SMTPPASS (missing): required by SMTPUSER',
    `error: LDAPPASSWORD (missing): required by ${ldap}`,
    `error: LDAPDOMAIN (missing): required by ${ldap}`,
  ])
})

t.test('without any value each required parameter is an error', async t => {
  t.same(checked({}).faults, [
    'error: DOMAIN (missing): required, for example example.com',
    'error: IP (missing): required, for example 10.192.0.5',
    'error: ALERTEMAIL (missing): required, for example admin@example.com',
  ])
})

t.test('a parameter at its default needs no other', async t => {
  const usual = Object.fromEntries(
    rows.flatMap(({ name, required, example, default: text }) => {
      const value = required ? example : text
      return value === undefined ? [] : [[name, value]]
    }),
  )
  t.same(checked(usual).faults, [])
  t.same(checked({ ...usual, LDAPUID: 'cn' }).faults.length, 3)
})

t.test('a parameter without those that it needs is an error', async t => {
  const values: Record<string, string> = {
    SMTPHOST: 'mail.example.com',
    SMTPPORT: '465',
    SMTPFROM: 'a@example.com',
    SMTPUSER: 'matrix',
    SMTPPASS: 'x',
    LDAPSERVER: 'localhost',
    LDAPPASSWORD: 'x',
    LDAPDOMAIN: 'example.com',
    LDAPTLS: 'ldaps',
    LDAPFILTER: '(mail=*)',
    REGISTRATIONVERIFY: 'email',
    ADMINUSER: 'admin',
    ADMINPASS: 'x',
    TURNURIS: 'turn:a',
    TURNSECRET: 'x',
    RTCURL: 'wss://a',
    RTCJWT: 'https://a',
  }
  const email = 'REGISTRATIONVERIFY (environment): "email" needs SMTPHOST'
  const missing = (name: ParamName, by: string) =>
    `${name} (missing): required by ${by}`
  const cases: [string, string[]][] = [
    ['SMTPHOST SMTPFROM', []],
    ['TURNURIS TURNSECRET RTCURL RTCJWT', []],
    ['TURNURIS', [missing('TURNSECRET', 'TURNURIS')]],
    ['TURNSECRET', [missing('TURNURIS', 'TURNSECRET')]],
    ['RTCURL', [missing('RTCJWT', 'RTCURL')]],
    ['RTCJWT', [missing('RTCURL', 'RTCJWT')]],
    ['SMTPHOST SMTPPORT SMTPFROM SMTPUSER SMTPPASS', []],
    ['LDAPSERVER LDAPPASSWORD LDAPDOMAIN', []],
    ['REGISTRATIONVERIFY SMTPHOST SMTPFROM', []],
    ['SMTPHOST', [missing('SMTPFROM', 'SMTPHOST')]],
    ['SMTPFROM', [missing('SMTPHOST', 'SMTPFROM')]],
    [
      'SMTPUSER',
      [missing('SMTPPASS', 'SMTPUSER'), missing('SMTPHOST', 'SMTPUSER')],
    ],
    [
      'SMTPPASS',
      [missing('SMTPUSER', 'SMTPPASS'), missing('SMTPHOST', 'SMTPPASS')],
    ],
    ['SMTPUSER SMTPPASS', [missing('SMTPHOST', 'SMTPUSER and SMTPPASS')]],
    [
      'LDAPSERVER',
      [
        missing('LDAPPASSWORD', 'LDAPSERVER'),
        missing('LDAPDOMAIN', 'LDAPSERVER'),
      ],
    ],
    [
      'LDAPPASSWORD LDAPDOMAIN',
      [missing('LDAPSERVER', 'LDAPPASSWORD and LDAPDOMAIN')],
    ],
    [
      'LDAPSERVER LDAPPASSWORD',
      [missing('LDAPDOMAIN', 'LDAPSERVER and LDAPPASSWORD')],
    ],
    [
      'LDAPSERVER LDAPDOMAIN',
      [missing('LDAPPASSWORD', 'LDAPSERVER and LDAPDOMAIN')],
    ],
    ['LDAPSERVER LDAPPASSWORD LDAPDOMAIN LDAPTLS LDAPFILTER', []],
    [
      'LDAPPASSWORD LDAPTLS LDAPFILTER',
      [
        missing('LDAPSERVER', 'LDAPPASSWORD, LDAPTLS and LDAPFILTER'),
        missing('LDAPDOMAIN', 'LDAPPASSWORD, LDAPTLS and LDAPFILTER'),
      ],
    ],
    [
      'LDAPTLS',
      [
        missing('LDAPSERVER', 'LDAPTLS'),
        missing('LDAPPASSWORD', 'LDAPTLS'),
        missing('LDAPDOMAIN', 'LDAPTLS'),
      ],
    ],
    ['REGISTRATIONVERIFY', [email]],
    ['ADMINUSER', []],
    ['ADMINUSER ADMINPASS', []],
    ['ADMINPASS', [missing('ADMINUSER', 'ADMINPASS')]],
  ]
  for (const [names, faults] of cases) {
    const some = names.split(' ').map(name => [name, values[name] ?? ''])
    const got = checked({ ...required, ...Object.fromEntries(some) })
    t.same(
      got.faults,
      faults.map(fault => `error: ${fault}`),
      names,
    )
    t.equal(got.params === undefined, faults.length > 0)
  }
})

t.test('ADMINUSER and ADMINPASS are values that Synapse accepts', async t => {
  const DOMAIN = `${'a.'.repeat(100)}example`
  const length = 255 - 2 - DOMAIN.length
  const long = 'is longer than 512 characters'
  for (const [given, fault] of [
    [{ ADMINUSER: 'a'.repeat(length) }, undefined],
    [
      { ADMINUSER: 'a'.repeat(length + 1) },
      `ADMINUSER (environment): "${'a'.repeat(length + 1)}" ` +
        'makes the user id longer than 255 bytes',
    ],
    [{ ADMINUSER: 'a', ADMINPASS: '🔑'.repeat(512) }, undefined],
    [
      { ADMINUSER: 'a', ADMINPASS: '🔑'.repeat(513) },
      `ADMINPASS (environment): its value ${long}`,
    ],
  ] as const) {
    const { faults } = checked({ ...required, DOMAIN, ...given })
    t.same(faults, fault === undefined ? [] : [`error: ${fault}`])
  }
})

t.test('a mail password that is sent unencrypted is a warning', async t => {
  const none = 'with SMTPTLS=none'
  const offered =
    'if the server offers no TLS: set SMTPTLS=starttls to require it'
  for (const [given, clear] of [
    [{}, offered],
    [{ SMTPPORT: '2525' }, offered],
    [{ SMTPPORT: '2525', SMTPTLS: 'auto' }, offered],
    [{ SMTPPORT: '465' }, undefined],
    [{ SMTPPORT: '587' }, undefined],
    [{ SMTPTLS: 'starttls' }, undefined],
    [{ SMTPTLS: 'implicit' }, undefined],
    [{ SMTPTLS: 'none' }, none],
    [{ SMTPPORT: '465', SMTPTLS: 'none' }, none],
    [{ SMTPHOST: '127.0.0.1', SMTPTLS: 'none' }, undefined],
    [{ SMTPHOST: '::1' }, undefined],
    [{ SMTPHOST: 'localhost' }, undefined],
  ] as const) {
    const mail = { SMTPHOST: 'a', SMTPFROM: 'a@b', ...given }
    const login = { SMTPUSER: 'x', SMTPPASS: 'x' }
    const { params, faults } = checked({ ...required, ...mail, ...login })
    t.strictSame(
      faults,
      clear === undefined
        ? []
        : [`warning: SMTPPASS (environment): is sent unencrypted ${clear}`],
      JSON.stringify(given),
    )
    t.ok(params, 'it is no fault')
    t.strictSame(checked({ ...required, ...mail }).faults, [], 'none to read')
  }
  for (const wrong of [{ SMTPPORT: 'x' }, { SMTPTLS: 'x' }]) {
    const mail = {
      SMTPHOST: 'a',
      SMTPFROM: 'a@b',
      SMTPUSER: 'x',
      SMTPPASS: 'x',
    }
    const { faults } = checked({ ...required, ...mail, ...wrong })
    t.match(faults, [/^error: /], 'unknown is not warned of')
    t.equal(faults.length, 1)
  }
})

t.test('SMTPCA needs a mail server and TLS', async t => {
  const mail = { SMTPHOST: 'm.example', SMTPFROM: 'a@b.example' }
  const ca = { SMTPCA: '/root/ca.pem' }
  for (const [given, faults] of [
    [{ ...mail, ...ca }, []],
    [
      { ...mail, ...ca, SMTPTLS: 'none' },
      ['warning: SMTPCA (environment): has no effect with SMTPTLS=none'],
    ],
    [ca, ['error: SMTPHOST (missing): required by SMTPCA']],
  ] as const) {
    t.strictSame(checked({ ...required, ...given }).faults, faults)
  }
})

t.test('LDAP passwords that are sent unencrypted are a warning', async t => {
  const ldap = { LDAPPASSWORD: 'x', LDAPDOMAIN: 'a' }
  const clear = (hosts: string, source = 'default') =>
    `warning: LDAPTLS (${source}): "none" sends passwords unencrypted to ` +
    `${hosts}: use starttls or ldaps`
  const useless =
    'warning: LDAPCA (environment): has no effect with LDAPTLS=none'
  for (const [given, warnings] of [
    [{ LDAPSERVER: 'a' }, [clear('a')]],
    [{ LDAPSERVER: 'a', LDAPTLS: 'none' }, [clear('a', 'environment')]],
    [{ LDAPSERVER: 'a,::1,10.0.0.1' }, [clear('a and 10.0.0.1')]],
    [{ LDAPSERVER: 'localhost,127.0.0.1,::1' }, []],
    [{ LDAPSERVER: 'a', LDAPTLS: 'starttls' }, []],
    [{ LDAPSERVER: 'a', LDAPTLS: 'ldaps', LDAPCA: '/a' }, []],
    [{ LDAPSERVER: 'a', LDAPCA: '/a' }, [clear('a'), useless]],
    [{ LDAPSERVER: '::1', LDAPCA: '/a' }, [useless]],
  ] as const) {
    const { params, faults } = checked({ ...required, ...ldap, ...given })
    t.strictSame(faults, warnings, JSON.stringify(given))
    t.ok(params, 'it is no fault')
  }
  const unknown = { LDAPSERVER: 'a', LDAPTLS: 'x' }
  const { faults } = checked({ ...required, ...ldap, ...unknown })
  t.match(faults, [/^error: /], 'unknown is not warned of')
  t.equal(faults.length, 1)
})

t.test('nobody registers the name of an LDAP user unnoticed', async t => {
  const ldap = {
    LDAPSERVER: '::1',
    LDAPPASSWORD: 'x',
    LDAPDOMAIN: 'a',
    SMTPHOST: 'localhost',
    SMTPFROM: 'a@b',
  }
  const open =
    'warning: REGISTRATIONENABLE (environment): "yes" lets others register ' +
    'the name of an LDAP user who has not logged in yet, and then both use ' +
    'the same account: set it to no'
  const useless =
    'error: REGISTRATIONENABLE (environment): "yes" has no use with ' +
    'LDAPONLY=yes: who registers could never log in again: set one of them ' +
    'to no'
  for (const REGISTRATIONVERIFY of ['none', 'token', 'email']) {
    const given = { ...ldap, REGISTRATIONENABLE: 'yes', REGISTRATIONVERIFY }
    const { params, faults } = checked({ ...required, ...given })
    t.strictSame(faults, [open])
    t.ok(params, 'it is no fault')
    t.strictSame(
      checked({ ...required, ...given, LDAPONLY: 'yes' }).faults,
      [useless],
      REGISTRATIONVERIFY,
    )
  }
  for (const given of [
    { ...ldap, LDAPONLY: 'yes' },
    { ...ldap, REGISTRATIONENABLE: 'no' },
    { REGISTRATIONENABLE: 'yes', REGISTRATIONVERIFY: 'none' },
  ]) {
    t.strictSame(checked({ ...required, ...given }).faults, [])
  }
})

t.test('a password that cannot count is a warning', async t => {
  const given = {
    ...{ LDAPSERVER: '::1', LDAPPASSWORD: 'x', LDAPDOMAIN: 'a' },
    ...{ ADMINUSER: 'boss', ADMINPASS: 'secret word' },
  }
  t.strictSame(checked({ ...required, ...given }).faults, [])
  t.strictSame(checked({ ...required, ...given, LDAPONLY: 'yes' }).faults, [
    'warning: ADMINPASS (environment): has no effect with LDAPONLY=yes: ' +
      'ADMINUSER logs in with the password that it has in LDAP',
  ])
})

t.test('LDAPONLY needs LDAP', async t => {
  const { faults } = checked({ ...required, LDAPONLY: 'yes' })
  t.strictSame(faults, [
    'error: LDAPSERVER (missing): required by LDAPONLY',
    'error: LDAPPASSWORD (missing): required by LDAPONLY',
    'error: LDAPDOMAIN (missing): required by LDAPONLY',
  ])
  t.strictSame(checked({ ...required, LDAPONLY: 'no' }).faults, [])
})

const control = (code: string) => `contains a control character (U+${code})`
const notText = 'is not UTF-8 text'

t.test('no value may have control characters or invalid bytes', async t => {
  for (const [text, fault] of [
    ['x'.repeat(65536), undefined],
    ['x'.repeat(65537), 'is longer than 64 KiB'],
    ['ü'.repeat(32768), undefined],
    [`${'ü'.repeat(32768)}x`, 'is longer than 64 KiB'],
    ['a\0b', control('0000')],
    ['a\nb', control('000A')],
    ['a\r', control('000D')],
    ['\t', control('0009')],
    ['\x1b[31m', control('001B')],
    ['\x7f', control('007F')],
    ['\x85', control('0085')],
    ['a\ud800b', notText],
    ['\udc00\ud800', notText],
    ['a\ufffdb', notText],
    ['', 'is empty'],
    ['\u2028 \u2029 \ufeff \ufffe \uffff 🔑', undefined],
    ['"\'\\$`%#: ', undefined],
  ] as const) {
    for (const name of ['SMTPUSER', 'SMTPPASS'] as const) {
      const mail = {
        SMTPHOST: 'a',
        SMTPPORT: '587',
        SMTPFROM: 'a@b',
        SMTPUSER: 'x',
        SMTPPASS: 'x',
      }
      const { faults } = checked({ ...required, ...mail, [name]: text })
      const what = `${name} ${show(text).slice(0, 20)}`
      t.equal(faults.length, fault === undefined ? 0 : 1, what)
      if (fault !== undefined) {
        const [line = ''] = faults
        t.ok(line.startsWith(`error: ${name} (environment): `), show(line))
        t.ok(line.endsWith(` ${fault}`), show(line))
        t.ok(line.length < 160, 'on a line')
      }
    }
  }
})

t.test('no error line shows a secret', async t => {
  const value = 's3cr3t\n'
  const values = Object.fromEntries([...secrets].map(name => [name, value]))
  const { faults } = checked({ ...required, ...values })
  t.same(
    faults.slice(0, secrets.size),
    [...secrets].map(
      name => `error: ${name} (environment): its value ${control('000A')}`,
    ),
  )
  t.notMatch(faults.join('\n'), 's3cr3t')
})
