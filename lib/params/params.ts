import type { KindName, Value } from './kind.ts'

/** One parameter: all facts about it, in one place. */
export interface Row {
  /** The environment variable. */
  name: string
  /** The flag, without its two hyphens. */
  flag: string
  kind: KindName
  /** The section of the tables that lists it. */
  group: 'server' | 'registration' | 'mail' | 'LDAP' | 'jail'
  required?: true
  /** The value if none is given. */
  default?: string
  /** What happens if no value is given and there is no default. */
  absent?: string
  /** The variable of pot that is used if no value is given. */
  fallback?: string
  /** The value in a Nomad job, if it differs from the default or example. */
  inNomad?: string
  example: string
  help: string
}

/**
 * THE table. Types, parsing, help and documentation are derived from it: a new
 * parameter is one row here and one line in a template.
 */
export const params = [
  {
    name: 'DOMAIN',
    flag: 'domain',
    kind: 'serverName',
    group: 'server',
    required: true,
    example: 'example.com',
    help: 'the server name: the part of user ids after the colon; cannot be changed',
  },
  {
    name: 'IP',
    flag: 'ip',
    kind: 'addresses',
    group: 'server',
    required: true,
    fallback: '_POT_IP',
    inNomad: '',
    example: '10.192.0.5',
    help: "the addresses to listen on; if not given, pot's _POT_IP is used",
  },
  {
    name: 'ALERTEMAIL',
    flag: 'alert-email',
    kind: 'email',
    group: 'server',
    required: true,
    example: 'admin@example.com',
    help: 'the e-mail address of the administrator; Synapse shows it to users',
  },
  {
    name: 'NOSSL',
    flag: 'no-ssl',
    kind: 'boolean',
    group: 'server',
    default: 'no',
    example: 'yes',
    help: 'yes: plain HTTP on port 8008 for a reverse proxy; no: TLS on port 8448',
  },
  {
    name: 'PUBLICURL',
    flag: 'public-url',
    kind: 'url',
    group: 'server',
    absent: 'https://DOMAIN/ behind a proxy, else https://DOMAIN:8448/',
    example: 'https://matrix.example.com/',
    help: 'the URL that clients use (public_baseurl)',
  },
  {
    name: 'FEDERATION',
    flag: 'federation',
    kind: 'boolean',
    group: 'server',
    default: 'yes',
    example: 'no',
    help: 'yes: exchange messages with other servers; no: local users only',
  },
  {
    name: 'FEDERATIONCA',
    flag: 'federation-ca',
    kind: 'files',
    group: 'server',
    absent: "only the system's certificates are trusted",
    example: '/root/peer.pem',
    help: "certificates (PEM) to trust for other servers, besides the system's",
  },
  {
    name: 'MAXUPLOAD',
    flag: 'max-upload',
    kind: 'size',
    group: 'server',
    default: '50M',
    example: '200M',
    help: 'the largest file that a user may upload',
  },
  {
    name: 'REPORTSTATS',
    flag: 'report-stats',
    kind: 'boolean',
    group: 'server',
    default: 'no',
    example: 'yes',
    help: 'yes: send usage statistics to the developers of Synapse',
  },
  {
    name: 'LOGLEVEL',
    flag: 'log-level',
    kind: 'logLevel',
    group: 'server',
    default: 'INFO',
    example: 'WARNING',
    help: 'Synapse logs messages of this level and above',
  },
  {
    name: 'LOGTO',
    flag: 'log-to',
    kind: 'logTarget',
    group: 'server',
    default: 'file',
    inNomad: 'stdout',
    example: 'stdout',
    help: "stdout: cook --block also prints Synapse's log file",
  },
  {
    name: 'REGISTRATIONENABLE',
    flag: 'registration-enable',
    kind: 'boolean',
    group: 'registration',
    default: 'no',
    example: 'yes',
    help: 'yes: people can create accounts themselves',
  },
  {
    name: 'REGISTRATIONVERIFY',
    flag: 'registration-verify',
    kind: 'verification',
    group: 'registration',
    absent: 'email if SMTPHOST is set, else token',
    example: 'token',
    help: 'what is required to register; none: anybody can register',
  },
  {
    name: 'MYSHAREDSECRET',
    flag: 'my-shared-secret',
    kind: 'secret',
    group: 'registration',
    absent: 'generated once and kept',
    example: 'a long random text',
    help: 'whoever has this secret can create accounts at any time',
  },
  {
    name: 'ADMINUSER',
    flag: 'admin-user',
    kind: 'localpart',
    group: 'registration',
    absent: 'no account is created',
    example: 'admin',
    help: 'the name of the first administrator; the account is created once',
  },
  {
    name: 'ADMINPASS',
    flag: 'admin-pass',
    kind: 'secret',
    group: 'registration',
    absent: 'generated; it is in /mnt/matrixdata/cook/admin-password',
    example: 'a long password',
    help: 'the password of ADMINUSER; needs ADMINUSER',
  },
  {
    name: 'SMTPHOST',
    flag: 'smtp-host',
    kind: 'host',
    group: 'mail',
    absent: 'no mail is sent',
    example: 'mail.example.com',
    help: 'the mail server; needs SMTPFROM',
  },
  {
    name: 'SMTPPORT',
    flag: 'smtp-port',
    kind: 'port',
    group: 'mail',
    absent: 'with SMTPTLS=implicit 465, otherwise 25',
    example: '587',
    help: 'its port: 465 for TLS, 587 for STARTTLS, others STARTTLS if offered',
  },
  {
    name: 'SMTPTLS',
    flag: 'smtp-tls',
    kind: 'mailTls',
    group: 'mail',
    default: 'auto',
    example: 'starttls',
    help: 'how to secure the connection; auto: according to SMTPPORT',
  },
  {
    name: 'SMTPCA',
    flag: 'smtp-ca',
    kind: 'file',
    group: 'mail',
    absent: "only the system's certificates are trusted",
    example: '/root/mail-ca.pem',
    help: "certificates (PEM) to trust for mail, besides the system's",
  },
  {
    name: 'SMTPUSER',
    flag: 'smtp-user',
    kind: 'text',
    group: 'mail',
    absent: 'no login',
    example: 'matrix',
    help: 'the user name at the mail server; needs SMTPPASS',
  },
  {
    name: 'SMTPPASS',
    flag: 'smtp-pass',
    kind: 'secret',
    group: 'mail',
    absent: 'no login',
    example: 'its password',
    help: 'the password at the mail server; needs SMTPUSER',
  },
  {
    name: 'SMTPFROM',
    flag: 'smtp-from',
    kind: 'mailbox',
    group: 'mail',
    absent: 'no mail is sent',
    example: 'Matrix <noreply@example.com>',
    help: 'the sender of mails; needs SMTPHOST',
  },
  {
    name: 'LDAPSERVER',
    flag: 'ldap-server',
    kind: 'ldapServers',
    group: 'LDAP',
    absent: 'no LDAP',
    example: 'ldap.example.com',
    help: 'replicated LDAP servers for login; needs LDAPPASSWORD, LDAPDOMAIN',
  },
  {
    name: 'LDAPPASSWORD',
    flag: 'ldap-password',
    kind: 'secret',
    group: 'LDAP',
    absent: 'no LDAP',
    example: "the manager's password",
    help: 'the password of LDAPBINDDN',
  },
  {
    name: 'LDAPDOMAIN',
    flag: 'ldap-domain',
    kind: 'domainName',
    group: 'LDAP',
    absent: 'no LDAP',
    example: 'example.com',
    help: 'the domain of LDAPBASE and LDAPBINDDN: example.com is dc=example,dc=com',
  },
  {
    name: 'LDAPTLS',
    flag: 'ldap-tls',
    kind: 'ldapTls',
    group: 'LDAP',
    default: 'none',
    example: 'starttls',
    help: 'how to secure the connection; none and starttls: port 389, ldaps: 636',
  },
  {
    name: 'LDAPCA',
    flag: 'ldap-ca',
    kind: 'file',
    group: 'LDAP',
    absent: "the system's certificates are trusted",
    example: '/root/ldap-ca.pem',
    help: "certificates (PEM) to trust for LDAP, instead of the system's",
  },
  {
    name: 'LDAPBASE',
    flag: 'ldap-base',
    kind: 'dn',
    group: 'LDAP',
    absent: 'ou=People,dc=… from LDAPDOMAIN',
    example: 'ou=Staff,dc=example,dc=com',
    help: 'the entry below which Synapse searches for users',
  },
  {
    name: 'LDAPBINDDN',
    flag: 'ldap-bind-dn',
    kind: 'dn',
    group: 'LDAP',
    absent: 'cn=Manager,dc=… from LDAPDOMAIN',
    example: 'cn=matrix,dc=example,dc=com',
    help: 'the entry that Synapse logs in as to search for users',
  },
  {
    name: 'LDAPFILTER',
    flag: 'ldap-filter',
    kind: 'ldapFilter',
    group: 'LDAP',
    absent: 'all users below LDAPBASE may log in',
    example: '(memberOf=cn=chat,dc=example,dc=com)',
    help: 'a filter for the users who may log in',
  },
  {
    name: 'LDAPUID',
    flag: 'ldap-uid',
    kind: 'ldapAttribute',
    group: 'LDAP',
    default: 'uid',
    example: 'sAMAccountName',
    help: 'the attribute that holds the user name',
  },
  {
    name: 'LDAPMAIL',
    flag: 'ldap-mail',
    kind: 'ldapAttribute',
    group: 'LDAP',
    default: 'mail',
    example: 'email',
    help: 'the attribute that holds the e-mail address',
  },
  {
    name: 'LDAPNAME',
    flag: 'ldap-name',
    kind: 'ldapAttribute',
    group: 'LDAP',
    default: 'givenName',
    example: 'displayName',
    help: 'the attribute that holds the display name',
  },
  {
    name: 'LDAPONLY',
    flag: 'ldap-only',
    kind: 'boolean',
    group: 'LDAP',
    default: 'no',
    example: 'yes',
    help: 'yes: only LDAP users log in, ADMINUSER too; local passwords do not count',
  },
  {
    name: 'CONTROLUSER',
    flag: 'control-user',
    kind: 'boolean',
    group: 'jail',
    default: 'no',
    example: 'yes',
    help: 'yes: create the user control, its home on the data set, and enable sshd',
  },
  {
    name: 'STARTTIMEOUT',
    flag: 'start-timeout',
    kind: 'seconds',
    group: 'jail',
    default: '120',
    example: '300',
    help: 'how many seconds to wait for Synapse to become healthy',
  },
] as const satisfies readonly Row[]

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S

type Known = (typeof params)[number]

/** The names as an administrator writes them: `SMTPPORT`. */
export type ParamName = Known['name']

/** The names inside the program: `smtpPort`. */
type ParamKey = Camel<Known['flag']>

/** Validated parameters: after `check` nothing validates them again. */
export type Params = {
  readonly [R in Known as Camel<R['flag']>]: R extends
    | { required: true }
    | { default: string }
    ? Value<R['kind']>
    : Value<R['kind']> | undefined
}

/** All rows, with the general type. */
export const rows: readonly Row[] = params

/** `smtp-port` to `smtpPort`. */
export const paramKey = (row: Row): ParamKey =>
  row.flag.replace(/-(.)/g, (_, c: string) => c.toUpperCase()) as ParamKey

/** Whether a row's value must never be printed. */
export const isSecret = (row: Row): boolean => row.kind === 'secret'
