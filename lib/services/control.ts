import { hostKeyTypes } from '../ssh-host-key.ts'
import type { Params } from '../params.ts'
import { hostKeyPath, paths } from '../paths.ts'
import type { RecalledControl } from '../recall-control.ts'
import type { Recalled } from '../recall.ts'
import { controlUser, hostKeyPaths, includeLine, renderSshd } from '../sshd.ts'
import type { Access, ServiceStep, Step } from '../step.ts'

// Nothing of root's is in the user's own folder (promise 7).
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

const sshd: ServiceStep = {
  kind: 'service',
  name: 'sshd',
  // A homeserver serves its users without it.
  aside: true,
  reads: [paths.sshdConfig, paths.sshdOwn, ...hostKeyPaths],
  pidFile: paths.sshdPidFile,
  log: paths.authLog,
  answers: 'ssh',
  probes: [],
  timeout: 10,
}

const enable = (value: 'YES' | 'NO'): Step => ({
  kind: 'rcvar',
  name: 'sshd_enable',
  value,
})

const include = (place: 'first' | 'nowhere'): Step => ({
  kind: 'line',
  path: paths.sshdConfig,
  line: includeLine,
  place,
})

const provide = (
  recalled: Extract<RecalledControl, { wanted: true }>,
): Step[] => [
  ...account,
  { kind: 'dir', path: paths.sshDir, ...ours, mode: 0o755 },
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
  // Before rc.conf, since it keeps in mind that cook is to write there.
  {
    kind: 'file',
    path: paths.sshdOwn,
    content: renderSshd(recalled.ours),
    ...ours,
  },
  include('first'),
  enable('YES'),
  {
    ...sshd,
    proof: {
      config: paths.sshdConfig,
      includes: paths.sshdOwn,
      keys: hostKeyPaths,
    },
  },
]

// The account, its home and its keys stay.
const takeBack = (
  recalled: Extract<RecalledControl, { wanted: false }>,
): Step[] => [
  include('nowhere'),
  ...(recalled.ours
    ? [enable('NO'), { ...sshd, down: true } satisfies Step]
    : recalled.enabled
      ? [{ ...sshd, reads: [paths.sshdConfig] }]
      : []),
  { kind: 'removal', path: paths.sshdOwn },
]

/**
 * The control user: an administrator's account with its home on the data set,
 * and the sshd through which it comes in.
 */
export const control = (_: Params, { control }: Recalled): Step[] =>
  control === undefined
    ? []
    : control.wanted
      ? provide(control)
      : takeBack(control)
