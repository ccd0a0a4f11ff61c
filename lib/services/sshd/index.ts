import type { Host } from '../../host/host.ts'
import {
  hashOf,
  type Made,
  type ServiceRecord,
} from '../../engine/record/made.ts'
import { hostKeyPath, paths } from '../../contract/paths.ts'
import { sshdProof } from './prove.ts'
import { rcValue } from '../../formats/rc-conf.ts'
import { recallControl, type RecalledControl } from './recall.ts'
import { service } from '../../engine/service.ts'
import { hostKeyTypes } from './host-key.ts'
import {
  controlUser,
  hostKeyPaths,
  includeLine,
  renderSshd,
} from './configuration.ts'
import type { Daemon, HealthCheck } from '../../engine/steps/daemon.ts'
import type { Access, Step } from '../../engine/steps/step.ts'

// root owns nothing in the user's own directory (promise 7).
const ours: Access = { owner: 'root', group: 'wheel', mode: 0o644 }

const account: Step[] = [
  {
    kind: 'user',
    name: controlUser,
    comment: 'control user',
    home: paths.controlHome,
    shell: '/bin/sh',
    groups: ['wheel'],
  },
  {
    kind: 'dir',
    path: paths.controlHome,
    owner: controlUser,
    group: controlUser,
    mode: 0o750,
  },
]

const everywhere = ['0.0.0.0', '::']

// The administrator's configuration and flags decide, so cook uses sshd's
// extended test mode. By default sshd listens on IPv4 and IPv6.
const listening = async (host: Host): Promise<HealthCheck[]> => {
  const flags = rcValue(host, 'sshd', 'sshd_flags') ?? ''
  const { stdout } = await host.run(paths.sshd, [
    ...flags.split(/\s+/).filter(flag => flag !== ''),
    '-T',
  ])
  const found = [
    ...stdout.matchAll(/^listenaddress \[?(.*?)\]?:(\d+)\b/gm),
  ].map(([, address = '', port]) => ({ address, port: Number(port) }))
  const places =
    found.length > 0
      ? found
      : everywhere.map(address => ({ address, port: 22 }))
  return places.map(place => ({ kind: 'ssh', at: { ...place, tls: false } }))
}

// Flags of sshd(8) for another configuration or other keys. What -o sets takes
// the place of the same keyword in the configuration, in any case.
const others = [
  /(^|\s)-[46DdeGiqTtV]*[fh]/,
  /(^|\s)-[46degiqtv]*o\s*["']?(pidfile|hostkey|authorizedkeysfile)\b/i,
]

const daemon: Daemon = {
  name: 'sshd',
  // A homeserver serves its users without it.
  aside: true,
  pidFile: paths.sshdPidFile,
  pidLast: true,
  // Before a login, sshd has a process of its user for each connection, besides
  // one of root (PRIVILEGE SEPARATION in sshd(8)).
  holders: ['root', 'sshd'],
  forking: 2,
  // Since OpenSSH 9.8 the listener starts another program for each connection.
  programs: () => [paths.sshd, '/usr/libexec/sshd-session'],
  rc: [
    {
      name: 'sshd_program',
      fits: value => ['', paths.sshd].includes(value),
      otherwise: 'rc starts another program',
    },
    {
      name: 'sshd_flags',
      fits: value => !others.some(flag => flag.test(value)),
      otherwise: `sshd does not do what ${paths.sshdConfig} says`,
    },
  ],
  log: paths.authLog,
  begins: /\bsshd\[\d+\]: Server listening on /,
  // Its rc script makes missing keys first (/etc/rc.d/sshd).
  announces: [
    /^Generating \w+ host key\.$/,
    /^\d+ SHA256:\S+ .*\(\w+\)$/,
    /^Performing sanity check on sshd configuration\.$/,
  ],
  explains: [/\bsshd\[\d+\]: (error|fatal): ./],
  listening,
  timeout: 10,
}

const steps = (recalled: RecalledControl): Step[] => [
  ...account,
  { kind: 'dir', path: paths.sshKeysDir, ...ours, mode: 0o755 },
  ...hostKeyTypes.map(
    (type): Step => ({
      kind: 'file',
      path: hostKeyPath(type),
      content: recalled.hostKeys[type],
      ...ours,
      mode: 0o600,
    }),
  ),
  ...(recalled.authorizedKeys === undefined
    ? []
    : [
        {
          kind: 'file',
          path: paths.authorizedKeys,
          content: recalled.authorizedKeys,
          ...ours,
        } satisfies Step,
      ]),
  { kind: 'file', path: paths.sshdOwn, content: renderSshd(), ...ours },
  { kind: 'line', path: paths.sshdConfig, line: includeLine, place: 'first' },
  { kind: 'rcvar', name: 'sshd_enable', value: 'YES' },
  {
    ...daemon,
    kind: 'service',
    reads: [paths.sshdConfig, paths.sshdOwn, ...hostKeyPaths],
    checks: [],
    proof: sshdProof({
      config: paths.sshdConfig,
      includes: paths.sshdOwn,
      keys: hostKeyPaths,
    }),
  },
]

// Older records do not contain it, but a comment in cook's part does.
const formerly = (host: Host): ServiceRecord | undefined => {
  const text = host.text(paths.sshdOwn)
  if (text === undefined) {
    return undefined
  }
  const isOurs = /^# sshd_enable was set by cook: yes$/m.test(text)
  const before = isOurs ? 'NO' : 'YES'
  const made: Made[] = [
    { kind: 'file', path: paths.sshdOwn, hashes: [hashOf(text)] },
    { kind: 'line', path: paths.sshdConfig, line: includeLine },
    { kind: 'rcvar', name: 'sshd_enable', values: ['YES'], before },
    { kind: 'service', name: 'sshd', enabled: !isOurs },
  ]
  return { checks: [], made }
}

/**
 * The control user: an administrator's account with its home on the data set,
 * and the sshd through which it comes in.
 */
export const sshd = service<RecalledControl>({
  name: 'sshd',
  wanted: ({ controlUser }) => controlUser === true,
  recall: ({ host, report }) => recallControl(host, report),
  steps: (_, recalled) => steps(recalled),
  daemon,
  lacks: host =>
    host.look(paths.sshd)
      ? []
      : [
          `${paths.sshd}: install the base system's ssh (the package ` +
            'FreeBSD-ssh)',
        ],
  formerly,
})
