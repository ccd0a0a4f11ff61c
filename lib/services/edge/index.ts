import type { HealthCheck, Reload } from '../../engine/steps/daemon.ts'
import { service } from '../../engine/service.ts'
import type { Access, FileStep, Step } from '../../engine/steps/step.ts'
import type { Params } from '../../params/params.ts'
import { paths } from '../../contract/paths.ts'
import { Secret } from '../../contract/secret.ts'
import { renderEdge, securePorts } from './config/index.ts'
import { edgeDaemon } from './daemon.ts'
import { heldPorts } from './holders.ts'
import { edgeUser } from './running.ts'
import { lacksOfEdge, missingCaddy } from './installed.ts'
import { certificateSteps } from './on-data-set.ts'
import { edgeProof } from './prove.ts'
import { recallEdge, type RecalledEdge } from './recall.ts'
import { portsOfRoot, storageOf, type Runner } from './user.ts'
import { webSteps } from './web/steps.ts'

// Only root changes these, and Caddy reads them (promise 7).
const readable: Access = { owner: 'root', group: edgeUser, mode: 0o640 }
const open: Access = { owner: 'root', group: 'wheel', mode: 0o755 }

const ports = ({ ports: now }: Runner): Step[] =>
  now === undefined
    ? []
    : [
        {
          kind: 'line',
          path: paths.sysctlConf,
          line: `${portsOfRoot}=0`,
          place: 'first',
        },
        { kind: 'sysctl', name: portsOfRoot, value: '0', now },
      ]

const file = (
  path: string,
  content: FileStep['content'],
  mode = 0o640,
): FileStep => ({ kind: 'file', path, content, ...readable, mode })

const files = (params: Params, recalled: RecalledEdge): Step[] => {
  const { tls, acmeCa, runner } = recalled
  const storage = storageOf(runner)
  const { isModern } = recalled
  const isSupplied = tls.original !== undefined
  const text = renderEdge(params, { storage, isModern, isSupplied })
  return [
    { kind: 'dir', path: paths.caddyDir, ...open },
    { kind: 'dir', path: paths.caddyOwnDir, ...readable, mode: 0o750 },
    {
      ...{ kind: 'dir', path: storage, mode: 0o700 },
      ...{ owner: runner.user, group: runner.group },
    },
    ...(tls.original ? certificateSteps(params, tls.original) : []),
    file(paths.caddyKey, tls.key),
    file(paths.caddyCertificate, tls.certificate, 0o644),
    ...(acmeCa === undefined ? [] : [file(paths.caddyCa, acmeCa, 0o644)]),
    ...webSteps(params, readable),
    file(
      paths.caddyConfig,
      params.acmeHmac === undefined ? text : new Secret(text),
    ),
  ]
}

const rcvars = ({ user, group }: Runner): Step[] =>
  Object.entries({
    caddy_enable: 'YES',
    caddy_config: paths.caddyConfig,
    caddy_adapter: 'json',
    caddy_user: user,
    caddy_group: group,
  }).map(([name, value]) => ({ kind: 'rcvar', name, value, script: 'caddy' }))

/** Caddy listens on each port, and has a certificate for TLS. */
const checksOf = (params: Params): HealthCheck[] =>
  params.ip.flatMap(address => [
    ...securePorts(params).map(
      (port): HealthCheck => ({
        kind: 'tls',
        at: { address, port, tls: true },
      }),
    ),
    { kind: 'tcp', at: { address, port: 80, tls: false } },
  ])

/**
 * Caddy takes a new configuration without losing a connection. With an unchanged
 * one it would go on with the old certificate, unless it is forced.
 */
const reloadOf = (
  params: Params,
  { runner }: RecalledEdge,
  reads: readonly string[],
): Reload => ({
  of: reads,
  how: {
    argv: [
      ...([paths.caddy, 'reload', '--force'] as const),
      ...['--config', paths.caddyConfig],
    ],
    user: runner.user,
  },
  // A client that names no host gets this one, whatever an authority has issued.
  proofs: [
    {
      kind: 'certificate',
      file: paths.caddyCertificate,
      at: params.ip.flatMap(address =>
        securePorts(params).map(port => ({ address, port, tls: true })),
      ),
    },
  ],
  within: 30,
})

const readsOf = ({ acmeCa }: RecalledEdge): string[] => [
  paths.caddyConfig,
  paths.caddyKey,
  paths.caddyCertificate,
  ...(acmeCa === undefined ? [] : [paths.caddyCa]),
]

const steps = (params: Params, recalled: RecalledEdge): Step[] => [
  ...ports(recalled.runner),
  ...files(params, recalled),
  ...rcvars(recalled.runner),
  {
    ...edgeDaemon,
    kind: 'service',
    reads: readsOf(recalled),
    ...(recalled.isOfAnother
      ? {}
      : { reload: reloadOf(params, recalled, readsOf(recalled)) }),
    checks: checksOf(params),
    proof: edgeProof(recalled.runner),
  },
]

/** What stands in front of Synapse: Caddy, with the certificates. */
export const edge = service<RecalledEdge>({
  name: 'edge',
  wanted: ({ edge: isWanted }) => isWanted === true,
  recall: recallEdge,
  steps,
  daemon: edgeDaemon,
  missing: async (host, { ip, federation }) =>
    missingCaddy(host) ??
    (host.live && ip !== undefined && federation !== undefined
      ? heldPorts(host, { ip, federation })
      : undefined),
  lacks: lacksOfEdge,
})
