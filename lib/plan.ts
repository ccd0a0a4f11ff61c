import { exit, Failure } from './failure.ts'
import type { Gathered } from './gather.ts'
import type { Params } from './params.ts'
import { paths } from './paths.ts'
import { renderEnvironment } from './pot-environment.ts'
import type { Recalled } from './recall.ts'
import { renderRecord } from './record.ts'
import { reveal, Secret } from './secret.ts'
import { imageServices, services } from './services/index.ts'
import {
  stepName,
  type AccountStep,
  type DirStep,
  type FileStep,
  type FileSystemStep,
  type RemovalStep,
  type ServiceStep,
  type Step,
} from './step.ts'

/** All that is to be, in order. */
export interface Plan {
  /** Folders, files, users and variables, before any service is touched. */
  steps: FileSystemStep[]
  services: ServiceStep[]
  /** What the services are asked for when they are healthy. */
  accounts: AccountStep[]
  /**
   * The record of this apply, written when all else is done. By then nobody
   * needs what is removed.
   */
  record: (DirStep | FileStep | RemovalStep)[]
}

const record = (
  cook: string,
  gathered: Gathered,
  params: Params,
  services: readonly ServiceStep[],
): Plan['record'] => {
  const access = { owner: 'root', group: 'wheel' }
  const given = [...gathered]
    // What pot has said of itself stays that: it may say something else next.
    .map(([name, { value, source }]) => {
      const pots = source.match(/^_POT_\w+/)?.[0]
      return [pots ?? name, reveal(value)] as const
    })
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return [
    { kind: 'dir', path: paths.recordDir, ...access, mode: 0o700 },
    {
      kind: 'file',
      path: paths.recordedParams,
      content: new Secret(renderEnvironment(given)),
      ...access,
      mode: 0o600,
    },
    // For tools that look whether a jail was cooked. cook does not.
    {
      kind: 'file',
      path: paths.seasoned,
      content: 'cooked\n',
      ...access,
      mode: 0o644,
    },
    { kind: 'dir', path: paths.stateDir, ...access, mode: 0o750 },
    {
      kind: 'file',
      path: paths.record,
      content: renderRecord({
        cook,
        domain: params.domain.name,
        probes: services.flatMap(({ probes }) => probes),
      }),
      ...access,
      mode: 0o640,
    },
  ]
}

/**
 * Root follows no name that another user can change (promise 7), and shows no
 * secret.
 * @throws {Failure} exit 70: such a plan is a defect of cook
 */
export const refuseUnsafe = (steps: readonly Step[]): void => {
  const foreign = steps.filter(
    step => step.kind === 'dir' && step.owner !== 'root',
  ) as DirStep[]
  for (const step of steps) {
    if (!('path' in step)) {
      continue
    }
    const within = foreign.find(dir => step.path.startsWith(`${dir.path}/`))
    const secret = step.kind === 'file' && step.content instanceof Secret
    if (within !== undefined || (secret && (step.mode & 0o007) !== 0)) {
      throw new Failure(exit.software, `unsafe: ${stepName(step)}`)
    }
  }
}

// What several need is made, and told, once.
const unique = (steps: readonly Step[]): Step[] => [
  ...new Map(steps.map(step => [stepName(step), step])).values(),
]

/** Turns what was judged and recalled into steps. Past this nothing decides. */
export const plan = (
  cook: string,
  gathered: Gathered,
  params: Params,
  recalled: Recalled,
): Plan => {
  const all = unique(services.flatMap(steps => steps(params, recalled)))
  const removals = all.filter(step => step.kind === 'removal')
  const served = all.filter(step => step.kind === 'service')
  const accounts = all.filter(step => step.kind === 'account')
  const before = all.filter(
    step =>
      step.kind !== 'service' &&
      step.kind !== 'account' &&
      step.kind !== 'removal',
  )
  const made = new Set(before.map(stepName))
  const last = [
    ...removals,
    ...record(cook, gathered, params, served).filter(
      step => !made.has(stepName(step)),
    ),
  ]
  refuseUnsafe([...before, ...last])
  return { steps: before, services: served, accounts, record: last }
}

/** What an image has in it before any parameter is known. */
export const planImage = (nomad: boolean): Plan => {
  const steps = imageServices.flatMap(steps => steps(nomad))
  refuseUnsafe(steps)
  return { steps, services: [], accounts: [], record: [] }
}
