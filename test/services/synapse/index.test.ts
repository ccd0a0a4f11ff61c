import t from 'tap'
import { paths } from '../../../lib/contract/paths.ts'
import type { Recalled } from '../../../lib/services/synapse/recall.ts'
import { reveal, Secret } from '../../../lib/contract/secret.ts'
import { synapseSteps } from '../../../lib/services/synapse/index.ts'
import type {
  FileStep,
  ServiceStep,
  Step,
} from '../../../lib/engine/steps/step.ts'
import { synapseDaemon } from '../../../lib/services/synapse/daemon.ts'
import { trustMade } from '../../../lib/services/synapse/federation/federation-ca.ts'
import { params, type Given } from '../../small/given.ts'
import { randomText } from '../../support/random.ts'
import { readYaml, whyNoYaml } from '../../small/yaml.ts'

const skip = whyNoYaml()

const recalled: Recalled = {
  signingKey: new Secret('ed25519 a_x seed\n'),
  secrets: {
    macaroon: new Secret('macar00n'),
    form: new Secret('f0rm'),
    registration: new Secret('registrat10n'),
  },
  tls: { key: new Secret('the key'), certificate: 'the certificate' },
  overlays: undefined,
}

const steps = (given: Given, more: Partial<Recalled> = {}): Step[] =>
  synapseSteps(params(given), { ...recalled, ...more })

const fileAt = (all: readonly Step[], path: string): FileStep | undefined =>
  all.find(
    (step): step is FileStep => step.kind === 'file' && step.path === path,
  )

const textAt = (all: readonly Step[], path: string): string => {
  const content = fileAt(all, path)?.content
  return typeof content === 'string' || content instanceof Secret
    ? reveal(content)
    : ''
}

const homeserver = (given: Given, more: Partial<Recalled> = {}): string =>
  textAt(steps(given, more), paths.homeserver)

const resources = (...names: string[]) => [{ names, compress: false }]

const both = ['client', 'federation']

const listener = (
  port: number,
  addresses: string[],
  more: { tls?: boolean; x_forwarded?: boolean; names?: string[] } = {},
) => ({
  port,
  type: 'http',
  tls: more.tls ?? false,
  x_forwarded: more.x_forwarded ?? false,
  bind_addresses: addresses,
  resources: resources(...(more.names ?? both)),
})

const local = listener(8008, ['127.0.0.1'])

/** What Synapse reads if only the required parameters are given. */
const plain: Readonly<Record<string, unknown>> = {
  server_name: 'example.com',
  public_baseurl: 'https://example.com:8448/',
  admin_contact: 'mailto:admin@example.com',
  report_stats: false,
  pid_file: '/var/run/matrix-synapse/homeserver.pid',
  log_config: '/usr/local/etc/matrix-synapse/log.config',
  listeners: [listener(8448, ['10.192.0.5'], { tls: true }), local],
  tls_certificate_path: '/mnt/matrixdata/tls/example.com.crt',
  tls_private_key_path: '/mnt/matrixdata/tls/example.com.key',
  trusted_key_servers: [{ server_name: 'matrix.org' }],
  suppress_key_server_warning: true,
  database: {
    name: 'sqlite3',
    args: {
      database: '/mnt/matrixdata/matrix-synapse/matrix_homeserver.db',
    },
  },
  media_store_path: '/mnt/matrixdata/media_store',
  max_upload_size: '50M',
  enable_authenticated_media: true,
  signing_key_path: '/mnt/matrixdata/keys/example.com.signing.key',
  macaroon_secret_key: 'macar00n',
  form_secret: 'f0rm',
  registration_shared_secret: 'registrat10n',
  enable_registration: false,
}

const named = (name: string) => ({
  server_name: name,
  tls_certificate_path: `/mnt/matrixdata/tls/${name}.crt`,
  tls_private_key_path: `/mnt/matrixdata/tls/${name}.key`,
  signing_key_path: `/mnt/matrixdata/keys/${name}.signing.key`,
})

const proxied = (...addresses: string[]) => ({
  public_baseurl: 'https://example.com/',
  listeners: [listener(8008, addresses, { x_forwarded: true })],
  tls_certificate_path: undefined,
  tls_private_key_path: undefined,
})

const behindEdge = (...names: string[]) => ({
  ...proxied(),
  listeners: [
    {
      path: '/var/db/matrix-synapse-sockets/main.sock',
      mode: 0o660,
      type: 'http',
      x_forwarded: true,
      resources: resources(...(names.length > 0 ? names : both)),
    },
  ],
})

const mail = { SMTPHOST: 'mail.example.com', SMTPFROM: 'M <a@example.com>' }
const login = { SMTPUSER: 'matrix', SMTPPASS: 'p4ss: #"' }
const email = (more: object) => ({
  email: {
    smtp_host: 'mail.example.com',
    smtp_port: 25,
    notif_from: 'M <a@example.com>',
    ...more,
  },
})

const ldap = { LDAPPASSWORD: "m'nager", LDAPDOMAIN: 'example.com' }
const modules = (
  uri: string[],
  suffix = 'dc=example,dc=com',
  more: object = {},
) => ({
  modules: [
    {
      module: 'ldap_auth_provider.LdapAuthProviderModule',
      config: {
        enabled: true,
        mode: 'search',
        uri,
        base: `ou=People,${suffix}`,
        bind_dn: `cn=Manager,${suffix}`,
        bind_password: "m'nager",
        attributes: { uid: 'uid', mail: 'mail', name: 'givenName' },
        ...more,
      },
    },
  ],
})

const open = { REGISTRATIONENABLE: 'yes' }
const client = { names: ['client'] }
// The service that lets users into calls asks who they are.
const asked = { names: ['client', 'openid'] }

const turn = {
  TURNURIS: 'turn:t.example.com:3478?transport=udp,turns:[2001:db8::1]',
  TURNSECRET: 'no: "secret" #',
}
const turnKeys = {
  turn_uris: ['turn:t.example.com:3478?transport=udp', 'turns:[2001:db8::1]'],
  turn_shared_secret: 'no: "secret" #',
  turn_user_lifetime: '24h',
}
const rtc = { RTCURL: 'wss://r.example.com', RTCJWT: 'https://r.example.com/j' }
const rtcKeys = {
  matrix_rtc: {
    transports: [
      {
        type: 'livekit',
        url: 'wss://r.example.com',
        livekit_service_url: 'https://r.example.com/j',
      },
    ],
  },
  experimental_features: { msc4143_enabled: true, msc4222_enabled: true },
  max_event_delay_duration: '24h',
  rc_delayed_event_mgmt: { per_second: 1, burst_count: 20 },
  rc_message: { per_second: { '!float': '0.5' }, burst_count: 30 },
  extra_well_known_client_content: {
    'org.matrix.msc4143.rtc_foci': [
      { type: 'livekit', livekit_service_url: rtc.RTCJWT },
    ],
  },
}

const cases: readonly (readonly [string, Given, Record<string, unknown>])[] = [
  ['only required parameters', {}, {}],
  [
    'several addresses',
    { IP: '10.0.0.1,fd00::2' },
    {
      listeners: [
        listener(8448, ['10.0.0.1', 'fd00::2'], { tls: true }),
        local,
      ],
    },
  ],
  ['NOSSL', { NOSSL: 'yes' }, proxied('10.192.0.5')],
  ['EDGE', { EDGE: 'yes' }, behindEdge()],
  [
    'EDGE, a DOMAIN with a port, and FEDERATION no',
    { EDGE: 'yes', DOMAIN: '[fd00::1]:8448', FEDERATION: 'no' },
    {
      ...named('[fd00::1]:8448'),
      ...behindEdge('client'),
      public_baseurl: 'https://[fd00::1]/',
      federation_domain_whitelist: [],
      trusted_key_servers: [],
      suppress_key_server_warning: undefined,
    },
  ],
  [
    'NOSSL with IPv6',
    { NOSSL: 'on', IP: '::,0.0.0.0' },
    proxied('::', '0.0.0.0'),
  ],
  [
    'a DOMAIN with its port',
    { DOMAIN: 'example.com:8448' },
    {
      ...named('example.com:8448'),
      public_baseurl: 'https://example.com:8448/',
    },
  ],
  [
    'a DOMAIN with another port',
    { DOMAIN: 'example.com:443' },
    {
      ...named('example.com:443'),
      public_baseurl: 'https://example.com:443/',
    },
  ],
  [
    'a DOMAIN with a port and NOSSL',
    {
      DOMAIN: 'example.com:443',
      NOSSL: 'yes',
    },
    {
      ...named('example.com:443'),
      ...proxied('10.192.0.5'),
      public_baseurl: 'https://example.com:443/',
    },
  ],
  [
    'a DOMAIN of an address',
    { DOMAIN: '10.0.0.1' },
    {
      ...named('10.0.0.1'),
      public_baseurl: 'https://10.0.0.1:8448/',
    },
  ],
  [
    'a DOMAIN of an IPv6 address',
    { DOMAIN: '[2001:db8::1]' },
    {
      ...named('[2001:db8::1]'),
      public_baseurl: 'https://[2001:db8::1]:8448/',
    },
  ],
  [
    'PUBLICURL',
    { PUBLICURL: 'http://m.example:8/x/' },
    { public_baseurl: 'http://m.example:8/x/' },
  ],
  [
    'PUBLICURL and NOSSL',
    { PUBLICURL: 'https://m.example/', NOSSL: '1' },
    { ...proxied('10.192.0.5'), public_baseurl: 'https://m.example/' },
  ],
  [
    'FEDERATION no',
    { FEDERATION: 'no' },
    {
      listeners: [
        listener(8448, ['10.192.0.5'], { tls: true, ...client }),
        listener(8008, ['127.0.0.1'], client),
      ],
      federation_domain_whitelist: [],
      trusted_key_servers: [],
      suppress_key_server_warning: undefined,
    },
  ],
  [
    'FEDERATION no and NOSSL',
    { FEDERATION: 'no', NOSSL: 'yes' },
    {
      ...proxied('10.192.0.5'),
      listeners: [
        listener(8008, ['10.192.0.5'], { x_forwarded: true, ...client }),
      ],
      federation_domain_whitelist: [],
      trusted_key_servers: [],
      suppress_key_server_warning: undefined,
    },
  ],
  ['REPORTSTATS', { REPORTSTATS: 'yes' }, { report_stats: true }],
  ['MAXUPLOAD', { MAXUPLOAD: '2g' }, { max_upload_size: '2048M' }],
  [
    'MAXUPLOAD in bytes',
    { MAXUPLOAD: '1048576' },
    { max_upload_size: '1048576' },
  ],
  [
    'MYSHAREDSECRET',
    { MYSHAREDSECRET: '012' },
    { registration_shared_secret: '012' },
  ],
  [
    'registration',
    open,
    {
      enable_registration: true,
      registration_requires_token: true,
    },
  ],
  [
    'registration by token',
    { ...open, REGISTRATIONVERIFY: 'token', ...mail },
    {
      ...email({}),
      enable_registration: true,
      registration_requires_token: true,
    },
  ],
  [
    'registration with mail',
    { ...open, ...mail },
    {
      ...email({}),
      enable_registration: true,
      registrations_require_3pid: ['email'],
    },
  ],
  [
    'registration by mail',
    { ...open, REGISTRATIONVERIFY: 'email', ...mail },
    {
      ...email({}),
      enable_registration: true,
      registrations_require_3pid: ['email'],
    },
  ],
  [
    'registration for all',
    { ...open, REGISTRATIONVERIFY: 'none' },
    {
      enable_registration: true,
      enable_registration_without_verification: true,
    },
  ],
  [
    'a way to register, but registration closed',
    { REGISTRATIONVERIFY: 'none' },
    {},
  ],
  ['mail', mail, email({})],
  [
    'mail on 465',
    { ...mail, SMTPPORT: '465' },
    email({ smtp_port: 465, force_tls: true }),
  ],
  [
    'mail on 587',
    { ...mail, SMTPPORT: '587' },
    email({ smtp_port: 587, require_transport_security: true }),
  ],
  ['mail on 2525', { ...mail, SMTPPORT: '2525' }, email({ smtp_port: 2525 })],
  [
    'mail with TLS because of SMTPTLS',
    { ...mail, SMTPTLS: 'implicit' },
    email({ smtp_port: 465, force_tls: true }),
  ],
  [
    'mail with TLS on another port',
    {
      ...mail,
      SMTPTLS: 'implicit',
      SMTPPORT: '587',
    },
    email({ smtp_port: 587, force_tls: true }),
  ],
  [
    'mail with STARTTLS',
    { ...mail, SMTPTLS: 'starttls' },
    email({ require_transport_security: true }),
  ],
  [
    'mail with STARTTLS on 465',
    {
      ...mail,
      SMTPTLS: 'starttls',
      SMTPPORT: '465',
    },
    email({ smtp_port: 465, require_transport_security: true }),
  ],
  [
    'mail without TLS',
    { ...mail, SMTPTLS: 'none' },
    email({ enable_tls: false }),
  ],
  [
    'mail without TLS on 465',
    { ...mail, SMTPTLS: 'none', SMTPPORT: '465' },
    email({ smtp_port: 465, enable_tls: false }),
  ],
  [
    'a sender that is not ASCII',
    { ...mail, SMTPFROM: 'Größe <a@b>' },
    email({ notif_from: '=?UTF-8?B?R3LDtsOfZQ==?= <a@b>' }),
  ],
  [
    'mail with login',
    { ...mail, ...login },
    email({ smtp_user: 'matrix', smtp_pass: 'p4ss: #"' }),
  ],
  [
    'mail with login on 465',
    { ...mail, ...login, SMTPPORT: '465' },
    email({
      smtp_port: 465,
      force_tls: true,
      smtp_user: 'matrix',
      smtp_pass: 'p4ss: #"',
    }),
  ],
  [
    'mail with login on 587',
    { ...mail, ...login, SMTPPORT: '587' },
    email({
      smtp_port: 587,
      require_transport_security: true,
      smtp_user: 'matrix',
      smtp_pass: 'p4ss: #"',
    }),
  ],
  [
    'mail to an IPv6 address',
    { ...mail, SMTPHOST: '::1' },
    email({ smtp_host: '::1' }),
  ],
  ['a port without mail', { SMTPPORT: '465' }, {}],
  [
    'LDAP',
    { LDAPSERVER: 'ldap.example.com', ...ldap },
    modules(['ldap://ldap.example.com:389']),
  ],
  [
    'LDAP on several hosts',
    { LDAPSERVER: 'a.b, 10.0.0.1,fd00::1', ...ldap },
    modules(['ldap://a.b:389', 'ldap://10.0.0.1:389', 'ldap://[fd00::1]:389']),
  ],
  [
    'LDAP of a longer domain',
    {
      LDAPSERVER: 'l',
      ...ldap,
      LDAPDOMAIN: 'a.b-c.example',
    },
    modules(['ldap://l:389'], 'dc=a,dc=b-c,dc=example'),
  ],
  [
    'LDAP of a domain of one label',
    {
      LDAPSERVER: 'l',
      ...ldap,
      LDAPDOMAIN: 'local',
    },
    modules(['ldap://l:389'], 'dc=local'),
  ],
  [
    'LDAP with STARTTLS',
    {
      LDAPSERVER: 'l,::1',
      ...ldap,
      LDAPTLS: 'starttls',
    },
    modules(['ldap://l:389', 'ldap://[::1]:389'], undefined, {
      start_tls: true,
      validate_cert: true,
    }),
  ],
  [
    'LDAP with TLS',
    { LDAPSERVER: 'l,::1', ...ldap, LDAPTLS: 'ldaps' },
    modules(['ldaps://l:636', 'ldaps://[::1]:636'], undefined, {
      validate_cert: true,
    }),
  ],
  [
    'LDAP with its own authorities',
    {
      LDAPSERVER: 'l',
      ...ldap,
      LDAPTLS: 'starttls',
      LDAPCA: '/root/ca.pem',
    },
    modules(['ldap://l:389'], undefined, {
      start_tls: true,
      tls_options: {
        validate: 2,
        ca_certs_file: '/usr/local/etc/matrix-synapse/ldap-ca.pem',
      },
    }),
  ],
  [
    'authorities without LDAP',
    {
      LDAPSERVER: 'l',
      ...ldap,
      LDAPCA: '/root/ca.pem',
    },
    modules(['ldap://l:389']),
  ],
  [
    'LDAP alone',
    { LDAPSERVER: 'l', ...ldap, LDAPONLY: 'yes' },
    {
      password_config: { localdb_enabled: false },
      ...modules(['ldap://l:389']),
    },
  ],
  [
    'LDAP with other attributes',
    {
      LDAPSERVER: 'l',
      ...ldap,
      LDAPBASE: 'o="x\\, y'.replace('"', '\\"'),
      LDAPBINDDN: "cn=é #: '",
      LDAPFILTER: '(cn="#: \\28é)',
      LDAPUID: 'a',
      LDAPMAIL: 'b',
      LDAPNAME: 'c',
    },
    modules(['ldap://l:389'], undefined, {
      base: 'o=\\"x\\, y',
      bind_dn: "cn=é #: '",
      filter: '(cn="#: \\28é)',
      attributes: { uid: 'a', mail: 'b', name: 'c' },
    }),
  ],
  ['TURN', turn, turnKeys],
  ['calls', rtc, rtcKeys],
  [
    'calls, without federation',
    { ...rtc, FEDERATION: 'no' },
    {
      ...rtcKeys,
      listeners: [
        listener(8448, ['10.192.0.5'], { tls: true, ...asked }),
        listener(8008, ['127.0.0.1'], asked),
      ],
      federation_domain_whitelist: [],
      trusted_key_servers: [],
      suppress_key_server_warning: undefined,
    },
  ],
  [
    'all parameters',
    {
      ...turn,
      NOSSL: 'yes',
      FEDERATION: 'no',
      ...open,
      ...mail,
      ...login,
      LDAPSERVER: 'l',
      ...ldap,
      REPORTSTATS: 'yes',
    },
    {
      ...proxied('10.192.0.5'),
      listeners: [
        listener(8008, ['10.192.0.5'], { x_forwarded: true, ...client }),
      ],
      federation_domain_whitelist: [],
      trusted_key_servers: [],
      suppress_key_server_warning: undefined,
      enable_registration: true,
      registrations_require_3pid: ['email'],
      ...email({ smtp_user: 'matrix', smtp_pass: 'p4ss: #"' }),
      ...modules(['ldap://l:389']),
      ...turnKeys,
      report_stats: true,
    },
  ],
]

t.test('Synapse reads what the parameters say', { skip }, async t => {
  const read = readYaml(cases.map(([, given]) => [homeserver(given)]))
  for (const [index, [what, , changes]] of cases.entries()) {
    const wanted = Object.fromEntries(
      Object.entries({ ...plain, ...changes }).filter(
        ([, value]) => value !== undefined,
      ),
    )
    t.strictSame(read[index], { value: wanted }, what)
  }
})

t.test('no value breaks out of its place', { skip }, async t => {
  const texts = [
    '"',
    '\\',
    "'",
    '%',
    '#',
    ': ',
    ' x ',
    'null',
    'yes',
    '012',
    '~',
    '🔑',
    '<%= 1 %>',
    '${x}',
    'CHANGEME',
    '\u2028',
    '\ufeff',
    'x'.repeat(10240),
    ...Array.from({ length: 300 }, () => `${randomText(30)}x`),
  ]
  const files = texts.map(text =>
    homeserver({
      ...mail,
      SMTPUSER: text,
      SMTPPASS: text,
      MYSHAREDSECRET: text,
      LDAPSERVER: 'ldap.example.com',
      ...ldap,
      LDAPPASSWORD: text,
    }),
  )
  for (const [index, { value, error }] of readYaml(
    files.map(file => [file]),
  ).entries()) {
    const text = texts[index]
    const { config } = modules(['ldap://ldap.example.com:389']).modules[0]!
    t.strictSame(
      { value, error },
      {
        value: {
          ...plain,
          ...email({ smtp_user: text, smtp_pass: text }),
          modules: [
            {
              module: 'ldap_auth_provider.LdapAuthProviderModule',
              config: { ...config, bind_password: text },
            },
          ],
          registration_shared_secret: text,
        },
        error: undefined,
      },
      `text ${index}`,
    )
    t.notMatch(files[index], 'CHANGEME')
  }
})

t.test('Synapse logs as the parameters say', { skip }, async t => {
  const text = textAt(steps({ LOGLEVEL: 'debug' }), paths.logConfig)
  const [read] = readYaml([[text]])
  t.match(read?.value, {
    version: 1,
    root: { level: 'DEBUG', handlers: ['file'] },
    handlers: {
      file: { filename: paths.synapseLog, formatter: 'precise' },
    },
    loggers: { 'synapse.storage.SQL': { level: 'INFO' } },
    // test/leaks finds the mail password in the log if this is missing.
    filters: { forget_smtp: { '.': { debug: false } } },
    disable_existing_loggers: false,
  })
})

const modes = (all: readonly Step[]) =>
  all.flatMap(step =>
    step.kind === 'file' || step.kind === 'dir'
      ? [`${step.owner}:${step.group} 0${step.mode.toString(8)} ${step.path}`]
      : [],
  )

t.test('directories and files have their owners and modes', async t => {
  t.strictSame(modes(steps({})), [
    'root:wheel 0755 /mnt/matrixdata',
    'root:synapse 0750 /mnt/matrixdata/keys',
    'root:synapse 0750 /mnt/matrixdata/tls',
    'synapse:synapse 0750 /mnt/matrixdata/matrix-synapse',
    'synapse:synapse 0750 /mnt/matrixdata/media_store',
    'root:wheel 0750 /mnt/matrixdata/homeserver.d',
    'root:wheel 0755 /usr/local/etc/matrix-synapse',
    'root:synapse 0640 /mnt/matrixdata/keys/example.com.signing.key',
    'root:synapse 0640 /mnt/matrixdata/keys/macaroon',
    'root:synapse 0640 /mnt/matrixdata/keys/form',
    'root:synapse 0640 /mnt/matrixdata/keys/registration',
    'root:synapse 0640 /mnt/matrixdata/tls/example.com.key',
    'root:synapse 0644 /mnt/matrixdata/tls/example.com.crt',
    'root:wheel 0644 /usr/local/etc/matrix-synapse/log.config',
    'root:synapse 0640 /usr/local/etc/matrix-synapse/homeserver.yaml',
  ])
})

t.test('behind the edge there is a directory for the socket', async t => {
  const dir = '/var/db/matrix-synapse-sockets'
  const all = steps({ EDGE: 'yes' })
  t.match(
    all.find(step => 'path' in step && step.path === dir),
    { kind: 'dir', owner: 'synapse', group: 'www', mode: 0o2750 },
  )
  const { reads, checks, proof } = serviceOf(all)
  t.same(checks, [
    { kind: 'http', at: { socket: `${dir}/main.sock` }, path: '/health' },
  ])
  // The certificate is for the edge: Synapse does not read it.
  t.notMatch(reads.join(), /tls/)
  t.ok(fileAt(all, '/mnt/matrixdata/tls/example.com.crt'))
  t.equal(proof?.atStart, undefined)
  const supplied = { tls: { ...recalled.tls!, supplied: true as const } }
  t.equal(serviceOf(steps({}, supplied)).proof?.atStart, true)
  const edge = steps({ EDGE: 'yes' }, supplied)
  t.equal(serviceOf(edge).proof?.atStart, undefined)
  const gone = (given: Given) =>
    steps(given).find(step => step.kind === 'removal')
  t.match(gone({}), { path: dir })
  t.equal(gone({ EDGE: 'yes' }), undefined)
})

t.test('a file with a secret is never shown', async t => {
  const all = steps({ ...mail, ...login, MYSHAREDSECRET: 's3cr3t' })
  t.notMatch(JSON.stringify(all), /s3cr3t|p4ss|macar00n|f0rm|seed|the key/)
  t.equal(textAt(all, '/mnt/matrixdata/keys/macaroon'), 'macar00n')
  t.equal(
    textAt(all, '/mnt/matrixdata/keys/example.com.signing.key'),
    'ed25519 a_x seed\n',
  )
  t.equal(textAt(all, '/mnt/matrixdata/tls/example.com.key'), 'the key')
})

t.test('without TLS there is neither a key nor a certificate', async t => {
  const all = steps({ NOSSL: 'yes' }, { tls: undefined })
  t.same(
    modes(all).filter(line => line.includes('/tls/')),
    [],
  )
})

const serviceOf = (all: readonly Step[]): ServiceStep => {
  const step = all.at(-1)
  if (step?.kind !== 'service') {
    throw new Error('the service is not the last step')
  }
  return step
}

t.test('the service is the last step, and lists what it reads', async t => {
  const all = steps({ STARTTIMEOUT: '300' })
  t.same(all.at(-2), { kind: 'rcvar', name: 'synapse_enable', value: 'YES' })
  const probe = (address: string, port: number, tls: boolean) => ({
    kind: 'http',
    at: { address, port, tls },
    path: '/health',
  })
  const { proof, rc, begins, programs, ...service } = serviceOf(all)
  t.strictSame(service, {
    kind: 'service',
    name: 'synapse',
    reads: [
      '/usr/local/etc/matrix-synapse/homeserver.yaml',
      '/usr/local/etc/matrix-synapse/log.config',
      '/usr/local/etc/rc.d/synapse',
      '/mnt/matrixdata/keys/example.com.signing.key',
      '/mnt/matrixdata/tls/example.com.key',
      '/mnt/matrixdata/tls/example.com.crt',
    ],
    reload: {
      of: [
        '/mnt/matrixdata/tls/example.com.key',
        '/mnt/matrixdata/tls/example.com.crt',
      ],
      how: { signal: 'HUP' },
      proofs: [
        {
          kind: 'certificate',
          file: '/mnt/matrixdata/tls/example.com.crt',
          at: [{ address: '10.192.0.5', port: 8448, tls: true }],
        },
      ],
      within: 20,
    },
    outside: [],
    pidFile: '/var/run/matrix-synapse/homeserver.pid',
    runs: {
      user: 'synapse',
      pattern:
        'synapse[.]app[.]homeserver .*/usr/local/etc/matrix-synapse/homeserver.yaml',
    },
    log: '/var/log/matrix-synapse/homeserver.log',
    checks: [probe('10.192.0.5', 8448, true), probe('127.0.0.1', 8008, false)],
    forking: 10,
    explains: synapseDaemon.explains,
    diagnose: synapseDaemon.diagnose,
    timeout: 300,
    once: synapseDaemon.once,
    leavings: synapseDaemon.leavings,
  })
  t.same(proof?.of, ['/usr/local/etc/matrix-synapse/homeserver.yaml'])
  for (const [IP, inner] of [
    ['10.0.0.1,fd00::5', '127.0.0.1'],
    ['fd00::5,10.0.0.1', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.1'],
    // A jail with IPv6 alone has no 127.0.0.1.
    ['fd00::5', '::1'],
    ['fd00::5,fd00::6', '::1'],
    ['::', '::1'],
  ] as const) {
    t.same(serviceOf(steps({ IP })).checks.at(-1), probe(inner, 8008, false))
  }
  const behind = serviceOf(steps({ NOSSL: 'yes', IP: '10.0.0.1,::1' }))
  t.equal(behind.reads.length, 4)
  t.equal(behind.reload, undefined)
  t.strictSame(behind.checks, [
    probe('10.0.0.1', 8008, false),
    probe('::1', 8008, false),
  ])
})

t.test('local overrides decide which certificate it reads', async t => {
  const [key, certificate] = ['key', 'crt'].map(
    end => `/mnt/matrixdata/tls/example.com.${end}`,
  )
  const withKeys = (...keys: string[]) => {
    const overlays: NonNullable<Recalled['overlays']> = {
      layOver: base => base,
      probes: keys.includes('listeners')
        ? [
            { address: '::1', port: 443, tls: true },
            { address: '::1', port: 80, tls: false },
            { socket: '/var/run/x.sock' },
          ]
        : undefined,
      replace: key => keys.includes(key),
      secrets: () => [],
    }
    return serviceOf(steps({}, { overlays }))
  }
  for (const [keys, files, isReloaded] of [
    [['media_retention'], [key, certificate], true],
    [['tls_certificate_path'], [key], false],
    [['tls_private_key_path'], [certificate], false],
    [['tls_certificate_path', 'tls_private_key_path'], [], false],
  ] as const) {
    const { reads, reload } = withKeys(...keys)
    t.same(reads.slice(4), files, keys.join())
    t.equal(reload !== undefined, isReloaded, keys.join())
  }
  t.match(withKeys('listeners').reload?.proofs, [
    { file: certificate, at: [{ address: '::1', port: 443, tls: true }] },
  ])
})

t.test('authorities of other servers are in files', { skip }, async t => {
  const folder = '/usr/local/etc/matrix-synapse/federation-ca'
  const federationCa = ['b', 'a'].map(name => ({
    name: `${name.repeat(64)}.pem`,
    content: name,
  }))
  const list = federationCa.map(({ name }) => `${folder}/${name}`)
  const all = steps({}, { federationCa })
  t.match(readYaml([[textAt(all, paths.homeserver)]])[0]?.value, {
    federation_custom_ca_list: list,
  })
  t.same(serviceOf(all).reads.slice(-2), list, 'it is restarted if they change')
  const kinds = all.map(step => step.kind)
  const at = kinds.indexOf('files')
  t.match(all.slice(at - 1, at + 1), [
    { kind: 'dir', path: folder, owner: 'root', group: 'wheel', mode: 0o755 },
    {
      kind: 'files',
      path: folder,
      files: federationCa,
      owner: 'root',
      group: 'wheel',
      mode: 0o644,
    },
  ])
  t.ok(at < kinds.lastIndexOf('file'), 'before the file that names them')
  const without = steps({})
  t.notMatch(textAt(without, paths.homeserver), 'federation_custom_ca_list')
  t.notOk(without.some(step => step.kind === 'files'))
  const made = trustMade()
  t.match(made, { kind: 'files', path: folder }, 'they can be taken back')
  const pem = `${'a'.repeat(64)}.pem`
  for (const [name, isOurs] of [
    [pem, true],
    [`.${pem}.0123456789ab.cook`, true],
    ['own.pem', false],
    [`${pem}.bak`, false],
  ] as const) {
    const names = new RegExp(made.kind === 'files' ? made.names : '')
    t.equal(names.test(name), isOurs, name)
  }
})

t.test('local overrides are added, and say where to probe', async t => {
  const probes = [{ address: '::1', port: 1, tls: false }]
  const layOver = (base: string) => `${base}own: 1\n`
  const replace = () => false
  const all = steps(
    {},
    { overlays: { layOver, probes, replace, secrets: () => [] } },
  )
  t.match(textAt(all, paths.homeserver), /^# Synapse[^]*\nown: 1\n$/)
  t.match(serviceOf(all).checks, [{ at: probes[0] }])
  const nowhere = { layOver, probes: undefined, replace, secrets: () => [] }
  const other = steps({}, { overlays: nowhere })
  t.equal(serviceOf(other).checks.length, 2)
})
