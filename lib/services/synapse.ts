import { trustPaths, trustSteps } from '../federation-ca.ts'
import { homeserver } from '../homeserver.ts'
import { ldapServers } from '../ldap.ts'
import { probesOf } from '../listeners.ts'
import { mailServers } from '../mail.ts'
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
  Outside,
  ServiceStep,
  Step,
} from '../step.ts'
import { render } from '../template.ts'

const user = 'synapse'

// Only root changes these, and only Synapse reads them (promise 7).
const readable: Access = { owner: 'root', group: user, mode: 0o640 }
const own: Access = { owner: user, group: user, mode: 0o750 }

/** The folder of its configuration. */
export const synapseDir: DirStep = {
  kind: 'dir',
  path: paths.synapseDir,
  owner: 'root',
  group: 'wheel',
  mode: 0o755,
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
  synapseDir,
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

/** What another wrote stays, for root alone: its secrets are in it. */
const keptCopy = ({ oldHomeserver }: Recalled): Step[] => {
  const access = { owner: 'root', group: 'wheel' }
  return oldHomeserver === undefined
    ? []
    : [
        { kind: 'dir', path: paths.recordDir, ...access, mode: 0o700 },
        {
          kind: 'file',
          path: oldHomeserver.copy,
          content: oldHomeserver.text,
          ...access,
          mode: 0o600,
        },
      ]
}

// Of what own settings say instead of cook's nothing is known.
const outside = (params: Params, { overlays }: Recalled): Outside[] => [
  ...(overlays?.replace('email') ? [] : mailServers(params)),
  ...(overlays?.replace('modules') ? [] : ldapServers(params)),
]

/** A copy that Synapse may read, and that is there as long as it starts. */
const ldapTrust = ({ ldapCa }: Recalled): Step => ({
  path: paths.ldapCa,
  ...(ldapCa === undefined
    ? { kind: 'removal' }
    : {
        kind: 'file',
        content: ldapCa,
        owner: 'root',
        group: 'wheel',
        mode: 0o644,
      }),
})

/** The service as rc knows it, wherever it is to answer. */
export const synapseAt = (
  probes: ServiceStep['probes'],
  timeout: number,
): ServiceStep => ({
  kind: 'service',
  name: 'synapse',
  reads: [],
  pidFile: paths.pidFile,
  // As the port's rc script starts it.
  pattern: `synapse[.]app[.]homeserver .*${paths.homeserver}`,
  log: paths.synapseLog,
  probes,
  timeout,
})

const service = (params: Params, recalled: Recalled): ServiceStep => {
  const name = params.domain.name
  const supplied = [
    signingKeyPath(name),
    ...(params.noSsl ? [] : [certificateKeyPath(name), certificatePath(name)]),
  ]
  const probes = recalled.overlays?.probes ?? probesOf(params)
  return {
    ...synapseAt(probes, params.startTimeout),
    reads: [
      paths.homeserver,
      paths.logConfig,
      ...supplied,
      ...trustPaths(recalled.federationCa ?? []),
      ...(recalled.ldapCa === undefined ? [] : [paths.ldapCa]),
    ],
    supplied,
    proof: { config: paths.homeserver, needs: signingKeyPath(name) },
    outside: outside(params, recalled),
    ...(params.logTo === 'stdout' ? { shown: true } : {}),
  }
}

/** What Synapse needs, in the order in which it needs it. */
export const synapse = (params: Params, recalled: Recalled): Step[] => [
  ...dirs,
  ...keptCopy(recalled),
  ...keys(params, recalled),
  ...trustSteps(recalled.federationCa),
  ldapTrust(recalled),
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
