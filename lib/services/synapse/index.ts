import { formerly } from './formerly.ts'
import { homeserver } from './configuration.ts'
import { judgeInstallation, missingSynapse, programFiles } from './installed.ts'
import { lacksOfImage } from './image.ts'
import { judgeNetwork, sharesStack } from './judge-network.ts'
import { judgeOwners } from './judge-owners.ts'
import { ldapOutside, ldapServers } from './ldap/ldap.ts'
import { healthAt, probesOf, servesTls } from './listeners.ts'
import { mailOutside, mailServers } from './mail/mail.ts'
import type { Params } from '../../params/params.ts'
import {
  certificateKeyPath,
  certificatePath,
  paths,
  signingKeyPath,
} from '../../contract/paths.ts'
import { synapseProof } from './prove.ts'
import { recall, secretsOf, type Recalled } from './recall.ts'
import { Secret } from '../../contract/secret.ts'
import { tlsReading } from './tls/reload-tls.ts'
import { service, type Given } from '../../engine/service.ts'
import { synapseDaemon } from './daemon.ts'
import type { Outside } from '../../engine/steps/daemon.ts'
import type {
  Access,
  DirStep,
  FileStep,
  RemovalStep,
  ServiceStep,
  Step,
} from '../../engine/steps/step.ts'
import { render } from '../../formats/template.ts'
import { admin } from './accounts/steps.ts'
import { trustedReads, trustedSteps } from './trusted.ts'

const user = 'synapse'

// Only root changes these, and only Synapse reads them (promise 7).
const readable: Access = { owner: 'root', group: user, mode: 0o640 }
const own: Access = { owner: user, group: user, mode: 0o750 }

/** The directory of its configuration. */
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

// On FreeBSD a socket gets the group of its directory, on Linux only with the
// set-group-ID bit. In /var/run, which may be a tmpfs(5), rc(8) would have to
// create this directory before Synapse at each start of the jail.
const socketDir: DirStep = {
  kind: 'dir',
  path: paths.synapseSocketDir,
  owner: user,
  group: 'www',
  mode: 0o2750,
}

const socketDirGone: RemovalStep = {
  kind: 'removal',
  path: paths.synapseSocketDir,
  // With its lock.
  passing: /^main\.sock(\.lock)?$/,
}

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
    // The key first: a certificate without its key is an error, a key without
    // its certificate is not.
    ...(tls === undefined
      ? []
      : [
          file(certificateKeyPath(name), tls.key),
          { ...file(certificatePath(name), tls.certificate), mode: 0o644 },
        ]),
  ]
}

/**
 * A configuration that cook did not write is kept, for root only: it contains
 * secrets.
 */
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

// cook does not know what local overrides put in place of its own keys.
const outside = (params: Params, { overlays }: Recalled): Outside[] => [
  ...(overlays?.replace('email') ? [] : mailServers(params).map(mailOutside)),
  ...(overlays?.replace('modules') ? [] : ldapServers(params).map(ldapOutside)),
]

const serviceStep = (params: Params, recalled: Recalled): ServiceStep => {
  const name = params.domain.name
  const files = {
    certificate: certificatePath(name),
    key: certificateKeyPath(name),
  }
  const probes = recalled.overlays?.probes ?? probesOf(params)
  const tls = servesTls(params)
    ? tlsReading(files, probes, recalled.overlays)
    : { reads: [] }
  return {
    ...synapseDaemon,
    kind: 'service',
    programs: host => programFiles(host, params.ldapServer !== undefined),
    checks: probes.map(healthAt),
    timeout: params.startTimeout,
    reads: [
      paths.homeserver,
      paths.logConfig,
      paths.synapseScript,
      signingKeyPath(name),
      ...tls.reads,
      ...trustedReads(recalled),
    ],
    ...(tls.reload ? { reload: tls.reload } : {}),
    proof: synapseProof(
      paths.homeserver,
      signingKeyPath(name),
      servesTls(params) && recalled.tls?.supplied ? files : undefined,
    ),
    outside: outside(params, recalled),
    ...(params.logTo === 'stdout' ? { shown: true } : {}),
  }
}

/** What Synapse needs, in this order. */
export const synapseSteps = (params: Params, recalled: Recalled): Step[] => [
  ...dirs,
  params.edge ? socketDir : socketDirGone,
  ...keptCopy(recalled),
  ...keys(params, recalled),
  ...trustedSteps(recalled),
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
  serviceStep(params, recalled),
]

/** What the disk holds, and whether the jail is fit for it. */
const recallAndJudge = async (given: Given): Promise<Recalled | undefined> => {
  const { host, right, report } = given
  // Started early, so that the answer is there at the end.
  const isShared = sharesStack(host)
  judgeOwners(host, report)
  judgeInstallation(host, right, report)
  const found = await recall(given)
  const { ip, noSsl, edge } = right
  if (
    found !== undefined &&
    ip !== undefined &&
    noSsl !== undefined &&
    edge !== undefined
  ) {
    const probes = found.overlays?.probes ?? probesOf({ ip, noSsl, edge })
    judgeNetwork(await isShared, probes, report)
  }
  return found
}

/** The homeserver, and its first administrator. */
export const synapse = service<Recalled>({
  name: 'synapse',
  wanted: () => true,
  recall: recallAndJudge,
  steps: (params, recalled) => [
    ...synapseSteps(params, recalled),
    ...admin(params, recalled.admin),
  ],
  daemon: synapseDaemon,
  user,
  lacks: lacksOfImage,
  missing: missingSynapse,
  secrets: secretsOf,
  formerly,
})
