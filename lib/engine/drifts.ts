import type { Context } from './context.ts'
import type { Host } from '../host/host.ts'
import { restDrift } from './data-set/rest.ts'
import { paths } from '../contract/paths.ts'
import type { Plan } from './plan.ts'
import { areNoted, readingOf } from './record/reader.ts'
import { readingsStep, type Reading } from './record/readings.ts'
import {
  stepName,
  type AccountStep,
  type FileSystemStep,
  type RemovalStep,
  type ServiceStep,
  type Step,
} from './steps/step.ts'
import * as file from './steps/file.ts'
import * as fileSet from './steps/files.ts'
import { fileSystemDrift } from './steps/index.ts'
import * as line from './steps/line.ts'
import * as service from './steps/service.ts'

/** A step that is not as it should be, and why. */
export interface Drift<S extends Step = Step> {
  step: S
  reason: string
  /** Whether the service need not be restarted: it reads files again. */
  reloads?: true
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
 * The services that have to be started, restarted or reloaded: also those that
 * read a file which is about to change.
 * @param changing the paths of such files
 * @param now what services would read now, if that is known
 */
export const serviceDrifts = async (
  services: readonly ServiceStep[],
  host: Host,
  changing: readonly string[],
  now: ReadonlyMap<ServiceStep, Reading> = new Map(),
): Promise<Drift<ServiceStep>[]> => {
  const each = services.map(async step => {
    const need = await service.drift(step, host, now.get(step), changing)
    return need === undefined ? [] : [{ step, ...need }]
  })
  return (await Promise.all(each)).flat()
}

/** The services for which something must be done before others start them. */
export const restDrifts = async (
  services: readonly ServiceStep[],
  host: Host,
): Promise<Drift<ServiceStep>[]> => {
  const each = services.map(async step =>
    found(step, await restDrift(step, host)),
  )
  return (await Promise.all(each)).flat()
}

/**
 * The accounts that are still to be created. A file on the data set says that
 * one was; the service is not asked, because the account belongs to its user
 * from then on, with another password or none.
 */
export const accountDrifts = (
  accounts: readonly AccountStep[],
  host: Host,
): Drift<AccountStep>[] =>
  accounts.flatMap(step =>
    host.look(step.remembered) === undefined
      ? [{ step, reason: 'does not exist yet' }]
      : [],
  )

/** The file that is there until a run is done. */
const intent: RemovalStep = { kind: 'removal', path: paths.intent }

/** Whether a run was interrupted, so that this one has to finish its work. */
const interrupted = (host: Host): Drift[] =>
  found(intent, host.look(paths.intent) && 'is left from an interrupted run')

/** What differs if only others have changed what services read. */
const readingsDrift = (
  host: Host,
  now: ReadonlyMap<ServiceStep, Reading>,
): Drift<FileSystemStep>[] =>
  areNoted(host, now)
    ? []
    : [{ step: readingsStep({}), reason: 'is not up to date' }]

/** Everything that apply would mend. */
export const drifts = async (
  plan: Plan,
  { host, starts }: Pick<Context, 'host' | 'starts'>,
): Promise<Drift[]> => {
  const files = fileSystemDrifts([...plan.first, ...plan.steps], host)
  const changing = files.flatMap(({ step }) =>
    step.kind === 'files'
      ? fileSet.changing(step, host)
      : (step.kind === 'line' && line.changesContent(step, host)) ||
          (step.kind === 'file' && file.changesContent(step, host))
        ? [step.path]
        : [],
  )
  // Read once, because a run with nothing to do consists of little else.
  const now = new Map(
    plan.services.map(step => [step, readingOf(host, step)] as const),
  )
  const services = starts
    ? await serviceDrifts(plan.services, host, changing, now)
    : host.live
      ? await restDrifts(plan.services, host)
      : []
  const accounts = starts ? accountDrifts(plan.accounts, host) : []
  const last = fileSystemDrifts(plan.record, host)
  const found = [
    ...[...files, ...services, ...accounts, ...last],
    ...interrupted(host),
  ]
  // They follow from other changes, and are worth a word only if there are none.
  return found.length > 0 ? found : readingsDrift(host, now)
}
