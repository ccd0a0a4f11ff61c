// All fixed paths, inside the jail.

const data = '/mnt/matrixdata'

export const paths = {
  data,
  database: `${data}/matrix-synapse/matrix_homeserver.db`,
  databaseDir: `${data}/matrix-synapse`,
  mediaDir: `${data}/media_store`,
  keysDir: `${data}/keys`,
  tlsDir: `${data}/tls`,
  caddyData: `${data}/caddy`,
  caddyRootData: `${data}/caddy-root`,
  controlHome: `${data}/control`,
  sshKeysDir: `${data}/ssh`,
  authorizedKeys: `${data}/ssh/authorized_keys`,
  overlayDir: `${data}/homeserver.d`,
  recordDir: `${data}/cook`,
  recordedParams: `${data}/cook/params.env`,
  serviceAccount: `${data}/cook/service-account.json`,
  adminUser: `${data}/cook/admin-user`,
  adminPassword: `${data}/cook/admin-password`,
  synapseDir: '/usr/local/etc/matrix-synapse',
  homeserver: '/usr/local/etc/matrix-synapse/homeserver.yaml',
  logConfig: '/usr/local/etc/matrix-synapse/log.config',
  federationCaDir: '/usr/local/etc/matrix-synapse/federation-ca',
  mailCa: '/usr/local/etc/matrix-synapse/smtp-ca.pem',
  synapseEnv: '/usr/local/etc/matrix-synapse/environment',
  ldapCa: '/usr/local/etc/matrix-synapse/ldap-ca.pem',
  pidFile: '/var/run/matrix-synapse/homeserver.pid',
  synapseSocketDir: '/var/db/matrix-synapse-sockets',
  synapseSocket: '/var/db/matrix-synapse-sockets/main.sock',
  synapseLog: '/var/log/matrix-synapse/homeserver.log',
  synapseScript: '/usr/local/etc/rc.d/synapse',
  caddy: '/usr/local/bin/caddy',
  caddyScript: '/usr/local/etc/rc.d/caddy',
  caddyDir: '/usr/local/etc/caddy',
  caddyConfig: '/usr/local/etc/caddy/cook.json',
  caddyCertificate: '/usr/local/etc/caddy/cook/tls.crt',
  caddyKey: '/usr/local/etc/caddy/cook/tls.key',
  caddyCa: '/usr/local/etc/caddy/cook/acme-ca.pem',
  caddyOwnDir: '/usr/local/etc/caddy/cook',
  caddyWebDir: '/usr/local/etc/caddy/cook/web',
  caddyPage: '/usr/local/etc/caddy/cook/web/index.html',
  webClientConfig: '/usr/local/etc/caddy/cook/web/config.json',
  webClient: '/usr/local/www/element',
  caddyPidFile: '/var/run/caddy/caddy.pid',
  caddySocket: '/var/run/caddy/caddy.sock',
  caddyLog: '/var/log/caddy/caddy.log',
  accessLog: '/var/log/caddy/access.log',
  sysctlConf: '/etc/sysctl.conf',
  rcConf: '/etc/rc.conf',
  crontab: '/etc/crontab',
  oldTlsDir: '/usr/local/etc/ssl',
  nginxConfig: '/usr/local/etc/nginx/nginx.conf',
  importAuthKey: '/root/importauthkey',
  sshd: '/usr/sbin/sshd',
  sshdConfig: '/etc/ssh/sshd_config',
  sshdOwn: '/etc/ssh/cook.sshd_config',
  sshdPidFile: '/var/run/sshd.pid',
  authLog: '/var/log/auth.log',
  cook: '/usr/local/bin/cook',
  cookScript: '/usr/local/etc/rc.d/cook',
  healthScript: '/usr/local/etc/rc.d/cook_health',
  cookRotation: '/usr/local/etc/newsyslog.conf.d/cook.conf',
  cookCrontab: '/usr/local/etc/cron.d/cook',
  cookLog: '/var/log/cook.log',
  bootFailed: '/var/run/cook.failed',
  seasoned: '/usr/local/etc/pot-is-seasoned',
  lock: '/var/run/cook.lock',
  stateDir: '/var/db/cook',
  record: '/var/db/cook/last.json',
  intent: '/var/db/cook/intent.json',
  readings: '/var/db/cook/readings.json',
  findings: '/var/db/cook/findings.json',
  potEnvironment: '/tmp/environment.sh',
  potScript: '/tmp/tinirc',
} as const

export const signingKeyPath = (serverName: string): string =>
  `${paths.keysDir}/${serverName}.signing.key`

/** Marks that rc(8) is starting a service: the file has the pid. */
export const startMark = (service: string): string =>
  `/var/run/cook.${service}.start`

/** What both the jail and the data set say, unless the data were set back. */
export const jailMark = (service: string): string =>
  `${paths.stateDir}/${service}.mark`

export const dataMark = (service: string): string =>
  `${paths.recordDir}/${service}.mark`

/** The generated secrets that have files of their own. */
export const secretNames = ['macaroon', 'form', 'registration'] as const

export type SecretName = (typeof secretNames)[number]

export const secretPath = (name: SecretName): string =>
  `${paths.keysDir}/${name}`

/** Where Synapse itself creates a signing key, beside its configuration. */
export const oldSigningKeyPath = (serverName: string): string =>
  `${paths.synapseDir}/${serverName}.signing.key`

/** The copy of a configuration that cook replaces, named by its hash. */
export const oldHomeserverCopy = (fingerprint: string): string =>
  `${paths.recordDir}/homeserver-${fingerprint}.yaml`

export const certificatePath = (serverName: string): string =>
  `${paths.tlsDir}/${serverName}.crt`

export const certificateKeyPath = (serverName: string): string =>
  `${paths.tlsDir}/${serverName}.key`

export const hostKeyPath = (type: string): string =>
  `${paths.sshKeysDir}/ssh_host_${type}_key`
