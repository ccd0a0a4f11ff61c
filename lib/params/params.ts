import type { KindName, Value } from './kind.ts'

/** One parameter: everything that is known about it, in one place. */
export interface Row {
  /** The environment variable. */
  name: string
  /** The flag, without its two hyphens. */
  flag: string
  kind: KindName
  /** Where the row stands in the tables. */
  group: 'server' | 'registration' | 'mail' | 'LDAP' | 'jail'
  required?: true
  /** The text that is read when nothing is given. */
  default?: string
  /** What happens when nothing is given and there is no default text. */
  absent?: string
  /** A variable of pot's that serves when nothing is given. */
  fallback?: string
  /** What a Nomad job says, where that is not what others would say. */
  inNomad?: string
  example: string
  help: string
}

/**
 * THE table. The types, the reading, the help and the documents come from it:
 * a new parameter is one row here and one line in a template.
 */
export const params = [
  {
    name: 'DOMAIN',
    flag: 'domain',
    kind: 'serverName',
    group: 'server',
    required: true,
    example: 'example.com',
    help: 'the server name, the part of user ids after the colon; never changes',
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
    help: "the addresses to listen on; pot's _POT_IP serves when absent",
  },
  {
    name: 'ALERTEMAIL',
    flag: 'alert-email',
    kind: 'email',
    group: 'server',
    required: true,
    example: 'admin@example.com',
    help: "the administrator's address, which Synapse shows to users",
  },
  {
    name: 'NOSSL',
    flag: 'no-ssl',
    kind: 'boolean',
    group: 'server',
    default: 'no',
    example: 'yes',
    help: 'yes serves plain HTTP on 8008 for a reverse proxy, no TLS on 8448',
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
    help: 'no keeps to the users of this server',
  },
  {
    name: 'FEDERATIONCA',
    flag: 'federation-ca',
    kind: 'files',
    group: 'server',
    absent: "only the system's are trusted",
    example: '/root/peer.pem',
    help: "certificates (PEM) to trust in other servers, besides the system's",
  },
  {
    name: 'MAXUPLOAD',
    flag: 'max-upload',
    kind: 'size',
    group: 'server',
    default: '50M',
    example: '200M',
    help: 'the largest file that users may send',
  },
  {
    name: 'REPORTSTATS',
    flag: 'report-stats',
    kind: 'boolean',
    group: 'server',
    default: 'no',
    example: 'yes',
    help: "yes sends usage statistics to Synapse's makers",
  },
  {
    name: 'LOGLEVEL',
    flag: 'log-level',
    kind: 'logLevel',
    group: 'server',
    default: 'INFO',
    example: 'WARNING',
    help: 'how much Synapse logs',
  },
  {
    name: 'LOGTO',
    flag: 'log-to',
    kind: 'logTarget',
    group: 'server',
    default: 'file',
    inNomad: 'stdout',
    example: 'stdout',
    help: 'stdout lets cook --block show what Synapse writes to its log file',
  },
  {
    name: 'REGISTRATIONENABLE',
    flag: 'registration-enable',
    kind: 'boolean',
    group: 'registration',
    default: 'no',
    example: 'yes',
    help: 'yes lets people make accounts themselves',
  },
  {
    name: 'REGISTRATIONVERIFY',
    flag: 'registration-verify',
    kind: 'verification',
    group: 'registration',
    absent: 'email with SMTPHOST, else token',
    example: 'token',
    help: 'what people must give to register; none lets anybody in',
  },
  {
    name: 'MYSHAREDSECRET',
    flag: 'my-shared-secret',
    kind: 'secret',
    group: 'registration',
    absent: 'generated once and kept',
    example: 'a long random text',
    help: 'the secret with which accounts can be made at any time',
  },
  {
    name: 'ADMINUSER',
    flag: 'admin-user',
    kind: 'localpart',
    group: 'registration',
    absent: 'no account is made',
    example: 'admin',
    help: 'the first administrator, an account made once',
  },
  {
    name: 'ADMINPASS',
    flag: 'admin-pass',
    kind: 'secret',
    group: 'registration',
    absent: 'generated into /mnt/matrixdata/cook/admin-password',
    example: 'a long password',
    help: 'the password of ADMINUSER, which it needs',
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
    absent: 'with SMTPTLS=implicit 465, else 25',
    example: '587',
    help: 'its port; 465 means TLS, 587 STARTTLS, others STARTTLS if offered',
  },
  {
    name: 'SMTPTLS',
    flag: 'smtp-tls',
    kind: 'mailTls',
    group: 'mail',
    default: 'auto',
    example: 'starttls',
    help: 'how the connection is secured; auto goes by the port',
  },
  {
    name: 'SMTPUSER',
    flag: 'smtp-user',
    kind: 'text',
    group: 'mail',
    absent: 'no log-in',
    example: 'matrix',
    help: 'the user name at the mail server; goes with SMTPPASS',
  },
  {
    name: 'SMTPPASS',
    flag: 'smtp-pass',
    kind: 'secret',
    group: 'mail',
    absent: 'no log-in',
    example: 'its password',
    help: 'the password at the mail server; goes with SMTPUSER',
  },
  {
    name: 'SMTPFROM',
    flag: 'smtp-from',
    kind: 'mailbox',
    group: 'mail',
    absent: 'no mail is sent',
    example: 'Matrix <noreply@example.com>',
    help: 'the sender of the mails; needs SMTPHOST',
  },
  {
    name: 'LDAPSERVER',
    flag: 'ldap-server',
    kind: 'ldapServers',
    group: 'LDAP',
    absent: 'no LDAP',
    example: 'ldap.example.com',
    help: 'LDAP servers for log-in, all alike; needs LDAPPASSWORD, LDAPDOMAIN',
  },
  {
    name: 'LDAPPASSWORD',
    flag: 'ldap-password',
    kind: 'secret',
    group: 'LDAP',
    absent: 'no LDAP',
    example: "the manager's password",
    help: 'the password of LDAPBINDDN there',
  },
  {
    name: 'LDAPDOMAIN',
    flag: 'ldap-domain',
    kind: 'domainName',
    group: 'LDAP',
    absent: 'no LDAP',
    example: 'example.com',
    help: 'the domain whose labels become dc=example,dc=com',
  },
  {
    name: 'LDAPTLS',
    flag: 'ldap-tls',
    kind: 'ldapTls',
    group: 'LDAP',
    default: 'none',
    example: 'starttls',
    help: 'how the connection is secured: port 389, 389 with STARTTLS, 636',
  },
  {
    name: 'LDAPCA',
    flag: 'ldap-ca',
    kind: 'file',
    group: 'LDAP',
    absent: "the system's are trusted",
    example: '/root/ldap-ca.pem',
    help: "certificates (PEM) to trust for LDAP, instead of the system's",
  },
  {
    name: 'LDAPBASE',
    flag: 'ldap-base',
    kind: 'dn',
    group: 'LDAP',
    absent: 'ou=People,dc=… as LDAPDOMAIN says',
    example: 'ou=Staff,dc=example,dc=com',
    help: 'the entry below which people are looked for',
  },
  {
    name: 'LDAPBINDDN',
    flag: 'ldap-bind-dn',
    kind: 'dn',
    group: 'LDAP',
    absent: 'cn=Manager,dc=… as LDAPDOMAIN says',
    example: 'cn=matrix,dc=example,dc=com',
    help: 'the entry that Synapse logs in as to look for them',
  },
  {
    name: 'LDAPFILTER',
    flag: 'ldap-filter',
    kind: 'ldapFilter',
    group: 'LDAP',
    absent: 'everybody below LDAPBASE may',
    example: '(memberOf=cn=chat,dc=example,dc=com)',
    help: 'which of them may log in',
  },
  {
    name: 'LDAPUID',
    flag: 'ldap-uid',
    kind: 'ldapAttribute',
    group: 'LDAP',
    default: 'uid',
    example: 'sAMAccountName',
    help: 'the attribute that is the user name',
  },
  {
    name: 'LDAPMAIL',
    flag: 'ldap-mail',
    kind: 'ldapAttribute',
    group: 'LDAP',
    default: 'mail',
    example: 'email',
    help: 'the attribute that is the e-mail address',
  },
  {
    name: 'LDAPNAME',
    flag: 'ldap-name',
    kind: 'ldapAttribute',
    group: 'LDAP',
    default: 'givenName',
    example: 'displayName',
    help: 'the attribute that is the name which others see',
  },
  {
    name: 'CONTROLUSER',
    flag: 'control-user',
    kind: 'boolean',
    group: 'jail',
    default: 'no',
    example: 'yes',
    help: 'yes makes the user control, its home on the data set, and sshd for it',
  },
  {
    name: 'STARTTIMEOUT',
    flag: 'start-timeout',
    kind: 'seconds',
    group: 'jail',
    default: '120',
    example: '300',
    help: 'how many seconds Synapse has to become healthy',
  },
] as const satisfies readonly Row[]

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S

type Known = (typeof params)[number]

/** The names under which the parameters are read: `SMTPPORT`. */
export type ParamName = Known['name']

/** The names under which the program knows them: `smtpPort`. */
type ParamKey = Camel<Known['flag']>

/** Judged parameters: past `check` nothing validates them again. */
export type Params = {
  readonly [R in Known as Camel<R['flag']>]: R extends
    | { required: true }
    | { default: string }
    ? Value<R['kind']>
    : Value<R['kind']> | undefined
}

/** All rows, in their general form. */
export const rows: readonly Row[] = params

/** `smtp-port` to `smtpPort`. */
export const paramKey = (row: Row): ParamKey =>
  row.flag.replace(/-(.)/g, (_, c: string) => c.toUpperCase()) as ParamKey

/** Whether the values of a row must never be shown. */
export const isSecret = (row: Row): boolean => row.kind === 'secret'
