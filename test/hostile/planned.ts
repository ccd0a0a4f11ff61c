// Runs cook in this process: what it refuses, and what it would write.

import { check } from '../../lib/params/check.ts'
import type { Gathered } from '../../lib/params/gather.ts'
import { layOver } from '../../lib/services/synapse/overlays/overlay.ts'
import type { Recalled } from '../../lib/services/synapse/recall.ts'
import {
  newReport,
  type Fault,
  type Report,
} from '../../lib/contract/report.ts'
import { reveal, Secret } from '../../lib/contract/secret.ts'
import { stepName, type Step } from '../../lib/engine/steps/step.ts'
import { planOf } from '../small/planning.ts'

/** Local overrides that replace something. */
export const overlay = {
  name: 'a.yaml',
  text: 'rc_message: {per_second: 1}\n',
} as const

/** The possible states of a data set. */
export const recalled: Recalled = {
  signingKey: new Secret('ed25519 a_x seed\n'),
  secrets: {
    macaroon: new Secret('macar00n'),
    form: new Secret('f0rm'),
    registration: new Secret('registrat10n'),
  },
  tls: { key: new Secret('the key'), certificate: 'the certificate' },
  overlays: {
    layOver: base => layOver(base, [overlay]),
    probes: undefined,
    replace: () => false,
    secrets: () => [],
  },
}

const caddy = {
  runner: { user: 'www', group: 'www', ports: '1023' },
  tls: { key: new Secret('the key'), certificate: 'the certificate' },
  acmeCa: 'an authority',
  isModern: true,
  isOfAnother: false,
}

const control = {
  hostKeys: { ed25519: new Secret('one'), ecdsa: new Secret('two') },
  authorizedKeys: 'ssh-ed25519 AAAA\n',
}

/** The names of the invalid parameters. */
export const errorsIn = (faults: readonly Fault[]): Set<string> =>
  new Set(
    faults
      .filter(({ severity }) => severity === 'error')
      .map(({ subject }) => subject),
  )

const written = (step: Step): string =>
  step.kind === 'file' &&
  !(typeof step.content === 'object' && 'make' in step.content)
    ? reveal(step.content)
    : JSON.stringify(step)

/**
 * All files that a plan writes, by path, and each other step by its text.
 * @throws {Error} if there is any error
 */
export const plannedFor = (
  gathered: Gathered,
  found: Recalled = recalled,
  report: Report = newReport(),
): Map<string, string> => {
  const { params } = check(gathered, report)
  if (params === undefined) {
    throw new Error(`refused: ${[...errorsIn(report.faults)].join()}`)
  }
  const recalls = { synapse: found, sshd: control, edge: caddy }
  const planned = planOf(gathered, params, recalls, '1')
  const { steps, services, accounts, record } = planned
  return new Map(
    [...steps, ...services, ...accounts, ...record].map(step => [
      'path' in step ? step.path : stepName(step),
      written(step),
    ]),
  )
}

/** Throws if a condition does not hold. */
export const must = (holds: boolean, what: string): void => {
  if (!holds) {
    throw new Error(what)
  }
}

/** The beginning of a value as ASCII JSON, which is safe in TAP. */
export const plainly = (value: unknown): string =>
  JSON.stringify(value)
    .slice(0, 4000)
    .replaceAll(
      /[^ -~]/g,
      c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
