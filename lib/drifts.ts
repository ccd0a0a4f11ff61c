import type { Host } from './host.ts'
import type { Plan } from './plan.ts'
import {
  stepName,
  type AccountStep,
  type FileSystemStep,
  type ServiceStep,
  type Step,
} from './step.ts'
import * as account from './steps/account.ts'
import * as file from './steps/file.ts'
import * as fileSet from './steps/files.ts'
import { fileSystemDrift } from './steps/index.ts'
import * as line from './steps/line.ts'
import * as service from './steps/service.ts'

/** A step that is not as it should be, and why. */
export interface Drift<S extends Step = Step> {
  step: S
  reason: string
}

/** `file /etc/rc.conf is missing`. */
export const driftLine = ({ step, reason }: Drift): string =>
  `${stepName(step)} ${reason}`

const found = <S extends Step>(
  step: S,
  reason: string | undefined,
): Drift<S>[] => (reason === undefined ? [] : [{ step, reason }])

const fileSystemDrifts = <S extends FileSystemStep>(
  steps: readonly S[],
  host: Host,
): Drift<S>[] => steps.flatMap(step => found(step, fileSystemDrift(step, host)))

/**
 * What a service needs. When a file that it reads is about to change, it has
 * to be started again whatever its state is now.
 * @param changing the paths of such files
 */
export const serviceDrifts = async (
  services: readonly ServiceStep[],
  host: Host,
  changing: readonly string[],
): Promise<Drift<ServiceStep>[]> => {
  const fresh = new Set(changing)
  const each = services.map(async step => {
    const reason = await service.drift(step, host)
    const next = step.down
      ? undefined
      : step.reads.find(path => fresh.has(path))
    return found(
      step,
      reason ?? (next === undefined ? undefined : `must read ${next} again`),
    )
  })
  return (await Promise.all(each)).flat()
}

/** The accounts that are still to be made. */
export const accountDrifts = (
  accounts: readonly AccountStep[],
  host: Host,
): Drift<AccountStep>[] =>
  accounts.flatMap(step => found(step, account.drift(step, host)))

/**
 * What comes last. As long as services are left alone on a running system,
 * what tells how to take one down has to stay.
 */
export const lastSteps = (
  plan: Plan,
  host: Host,
  withServices: boolean,
): Plan['record'] =>
  plan.record.filter(
    ({ kind }) => kind !== 'removal' || withServices || !host.live,
  )

/** All that apply would mend. */
export const drifts = async (
  plan: Plan,
  host: Host,
  withServices: boolean,
): Promise<Drift[]> => {
  const files = fileSystemDrifts(plan.steps, host)
  const supplied = plan.services.flatMap(step => step.supplied ?? [])
  const changing = files.flatMap(({ step }) =>
    step.kind === 'files'
      ? fileSet.changing(step, host)
      : (step.kind === 'line' && line.changesContent(step, host)) ||
          (step.kind === 'file' &&
            (file.changesContent(step, host) || supplied.includes(step.path)))
        ? [step.path]
        : [],
  )
  const services = withServices
    ? await serviceDrifts(plan.services, host, changing)
    : []
  const accounts = withServices ? accountDrifts(plan.accounts, host) : []
  const last = fileSystemDrifts(lastSteps(plan, host, withServices), host)
  return [...files, ...services, ...accounts, ...last]
}
