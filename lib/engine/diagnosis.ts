// Why a service is not healthy although its files are right.

import type { Host } from '../host/host.ts'
import type { Diagnosis, ServiceStep } from './steps/step.ts'
import type { Health } from './verify.ts'

type Ill = Extract<Health, { healthy: false }>

/** Asks the service for a cause. */
export const diagnose = async (
  host: Host,
  step: ServiceStep,
  { cause, log }: Ill,
  mayRepair = false,
): Promise<Diagnosis | undefined> =>
  step.diagnose?.(host, [...log, cause], mayRepair)

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
