import type { Params } from '../params.ts'
import {
  certificateKeyPath,
  certificatePath,
  paths,
  signingKeyPath,
} from '../paths.ts'
import type { Recalled } from '../recall.ts'
import { Secret } from '../secret.ts'
import type {
  Access,
  DirStep,
  FileStep,
  Probe,
  ServiceStep,
  Step,
} from '../step.ts'
import { render, type Values } from '../template.ts'

const user = 'synapse'
const federationPort = 8448
const clientPort = 8008

// Only root changes these, and only Synapse reads them (promise 7).
const readable: Access = { owner: 'root', group: user, mode: 0o640 }
const own: Access = { owner: user, group: user, mode: 0o750 }

interface Listener {
  port: number
  tls: boolean
  xForwarded: boolean
  addresses: readonly string[]
  fromIp: boolean
}

const listeners = ({ ip, noSsl }: Params): Listener[] =>
  noSsl
    ? [
        {
          port: clientPort,
          tls: false,
          xForwarded: true,
          addresses: ip,
          fromIp: true,
        },
      ]
    : [
        {
          port: federationPort,
          tls: true,
          xForwarded: false,
          addresses: ip,
          fromIp: true,
        },
        // In a jail without a network stack of its own others may reach this
        // one too, so it believes no X-Forwarded-For.
        {
          port: clientPort,
          tls: false,
          xForwarded: false,
          addresses: ['127.0.0.1'],
          fromIp: false,
        },
      ]

// Without a port of its own a server name says nothing about where clients
// go: to a proxy on 443, or else to Synapse itself.
const publicUrl = ({ publicUrl, domain, noSsl }: Params): string =>
  publicUrl ??
  (noSsl || domain.port !== undefined
    ? `https://${domain.name}/`
    : `https://${domain.name}:${federationPort}/`)

const registration = (params: Params): string =>
  params.registrationEnable
    ? (params.registrationVerify ??
      (params.smtpHost === undefined ? 'token' : 'email'))
    : 'closed'

const smtp = (params: Params) =>
  params.smtpHost === undefined
    ? undefined
    : {
        host: params.smtpHost,
        port: params.smtpPort,
        user: params.smtpUser,
        password: params.smtpPass,
        from: params.smtpFrom,
      }

const ldap = ({ ldapServer, ldapDomain, ldapPassword }: Params) => {
  if (ldapServer === undefined || ldapDomain === undefined) {
    return undefined
  }
  const suffix = ldapDomain
    .split('.')
    .map(label => `dc=${label}`)
    .join(',')
  const uris = ldapServer.map(host =>
    host.includes(':') ? `ldap://[${host}]:389` : `ldap://${host}:389`,
  )
  return {
    uris,
    base: `ou=People,${suffix}`,
    bindDn: `cn=Manager,${suffix}`,
    password: ldapPassword,
  }
}

const homeserver = (params: Params, recalled: Recalled): string => {
  const name = params.domain.name
  const values: Values = {
    overlayDir: paths.overlayDir,
    serverName: name,
    publicUrl: publicUrl(params),
    adminContact: `mailto:${params.alertEmail}`,
    reportStats: params.reportStats,
    pidFile: paths.pidFile,
    logConfig: paths.logConfig,
    listeners: listeners(params),
    resources: params.federation ? ['client', 'federation'] : ['client'],
    tls: params.noSsl
      ? undefined
      : { certificate: certificatePath(name), key: certificateKeyPath(name) },
    federation: params.federation,
    database: paths.database,
    mediaDir: paths.mediaDir,
    maxUpload: params.maxUpload,
    signingKey: signingKeyPath(name),
    macaroonSecret: recalled.secrets.macaroon,
    formSecret: recalled.secrets.form,
    registrationSecret: params.mySharedSecret ?? recalled.secrets.registration,
    registration: registration(params),
    smtp: smtp(params),
    ldap: ldap(params),
  }
  const text = render('homeserver.yaml', values)
  return recalled.overlays?.layOver(text) ?? text
}

const dirs: DirStep[] = [
  { kind: 'dir', path: paths.data, owner: 'root', group: 'wheel', mode: 0o755 },
  { kind: 'dir', path: paths.keysDir, ...readable, mode: 0o750 },
  { kind: 'dir', path: paths.tlsDir, ...readable, mode: 0o750 },
  { kind: 'dir', path: paths.databaseDir, ...own },
  { kind: 'dir', path: paths.mediaDir, ...own },
  {
    kind: 'dir',
    path: paths.overlayDir,
    owner: 'root',
    group: 'wheel',
    mode: 0o750,
  },
  {
    kind: 'dir',
    path: paths.synapseDir,
    owner: 'root',
    group: 'wheel',
    mode: 0o755,
  },
]

const keys = (params: Params, recalled: Recalled): FileStep[] => {
  const file = (path: string, content: FileStep['content']): FileStep => ({
    kind: 'file',
    path,
    content,
    ...readable,
  })
  const { secrets, signingKey, tls } = recalled
  const name = params.domain.name
  return [
    file(signingKeyPath(name), signingKey),
    ...Object.entries(secrets).map(([secret, text]) =>
      file(`${paths.keysDir}/${secret}`, text),
    ),
    // The key first: a certificate without its key is a fault, a key without
    // its certificate is not.
    ...(tls === undefined
      ? []
      : [
          file(certificateKeyPath(name), tls.key),
          { ...file(certificatePath(name), tls.certificate), mode: 0o644 },
        ]),
  ]
}

const probesOf = (params: Params): Probe[] =>
  listeners(params).flatMap(({ addresses, port, tls }) =>
    addresses.map(address => ({ address, port, tls })),
  )

const service = (params: Params, recalled: Recalled): ServiceStep => {
  const name = params.domain.name
  return {
    kind: 'service',
    name: 'synapse',
    reads: [
      paths.homeserver,
      paths.logConfig,
      signingKeyPath(name),
      ...(params.noSsl ? [] : [certificateKeyPath(name), certificatePath(name)]),
    ],
    proof: { config: paths.homeserver, needs: signingKeyPath(name) },
    pidFile: paths.pidFile,
    log: paths.synapseLog,
    probes: recalled.overlays?.probes ?? probesOf(params),
    timeout: params.startTimeout,
  }
}

/** What Synapse needs, in the order in which it needs it. */
export const synapse = (params: Params, recalled: Recalled): Step[] => [
  ...dirs,
  ...keys(params, recalled),
  {
    kind: 'file',
    path: paths.logConfig,
    content: render('log.yaml', {
      logFile: paths.synapseLog,
      logLevel: params.logLevel,
    }),
    owner: 'root',
    group: 'wheel',
    mode: 0o644,
  },
  {
    kind: 'file',
    path: paths.homeserver,
    content: new Secret(homeserver(params, recalled)),
    ...readable,
  },
  { kind: 'rcvar', name: 'synapse_enable', value: 'YES' },
  service(params, recalled),
]
