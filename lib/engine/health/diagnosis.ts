// Why a service is not healthy although its files are right.

import { fullFaults } from '../data-set/judge-space.ts'
import type { Host } from '../../host/host.ts'
import type { Diagnosis } from '../steps/daemon.ts'
import type { ServiceStep } from '../steps/step.ts'
import type { Health } from './verify.ts'

type Ill = Extract<Health, { healthy: false }>

// How programs say that nothing could be written.
const noSpace = /\b(ENOSPC|EROFS|no space left|disk is full|read-?only)\b/i

const withoutSpace = (
  host: Host,
  lines: readonly string[],
): Diagnosis | undefined => {
  const full = fullFaults(host)
  return full.length === 0
    ? undefined
    : {
        message: full.join('; '),
        isCertain: lines.some(line => noSpace.test(line)),
      }
}

/** Looks for a cause: what the service knows, and then in the jail. */
export const diagnose = async (
  host: Host,
  step: ServiceStep,
  { cause, log }: Ill,
  mayRepair = false,
): Promise<Diagnosis | undefined> => {
  const lines = [...log, cause]
  return (
    (await step.diagnose?.(host, lines, mayRepair)) ?? withoutSpace(host, lines)
  )
}

/** Adds a diagnosis to what is wrong. */
export const withDiagnosis = (
  ill: Ill,
  found: Diagnosis | undefined,
): Health => {
  const isBeyond = found?.isCertain ? { isBeyond: true as const } : {}
  return found === undefined
    ? ill
    : { ...ill, cause: `${ill.cause}; ${found.message}`, ...isBeyond }
}

/** A state, with its diagnosis if the service is not healthy. */
export const explained = async (
  host: Host,
  step: ServiceStep,
  health: Health,
): Promise<Health> =>
  health.healthy
    ? health
    : withDiagnosis(health, await diagnose(host, step, health))
