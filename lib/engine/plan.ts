import type { Gathered } from '../params/gather.ts'
import type { Context } from './context.ts'
import { keyOf, madeOf, type Ledger } from './record/made.ts'
import type { Params } from '../params/params.ts'
import { paths } from '../contract/paths.ts'
import type { Host } from '../host/host.ts'
import { rcFaults } from './rc-conflicts.ts'
import { renderEnvironment } from '../formats/pot-environment.ts'
import { refuseUnsafe } from './refuse-unsafe.ts'
import { renderRecord } from './record/record.ts'
import type { Fault } from '../contract/report.ts'
import { reveal, Secret } from '../contract/secret.ts'
import type { Service } from './service.ts'
import {
  stepName,
  type AccountStep,
  type DirStep,
  type FileStep,
  type FileSystemStep,
  type RemovalStep,
  type ServiceStep,
  type Step,
} from './steps/step.ts'
import { movesOf, type Move } from './record/moves.ts'
import { takingBack } from './record/taking-back.ts'

/** What the jail should be like, in the order of the work. */
export interface Plan {
  /** What must exist before the intent can be written. */
  first: DirStep[]
  /**
   * Directories, files, users and rc variables, before services are touched.
   */
  steps: FileSystemStep[]
  services: ServiceStep[]
  /** The accounts to create in the services when they are healthy. */
  accounts: AccountStep[]
  /**
   * The record of this apply, written when all else is done. Until then the
   * files to be removed may still be needed.
   */
  record: (DirStep | FileStep | RemovalStep)[]
  /** What cook created in this jail before, and what it will have created. */
  ledger: { old: Ledger; next: Ledger }
  /**
   * What should be taken back, but has been changed by others: it stays. And
   * what rc(8) would do otherwise than this plan says.
   */
  faults: Fault[]
  /** Services that will listen elsewhere. */
  moves: Move[]
}

/** What a plan is made from, after everything was checked. */
export interface Intended {
  /** The version of cook. */
  version: string
  gathered: Gathered
  params: Params
  /** What each service has recalled. */
  recalled: ReadonlyMap<Service, unknown>
  /** What cook has created in this jail. */
  ledger: Ledger
}

const access = { owner: 'root', group: 'wheel' }

const stateDir: DirStep = {
  kind: 'dir',
  path: paths.stateDir,
  ...access,
  mode: 0o750,
}

const recordDir: DirStep = {
  kind: 'dir',
  path: paths.recordDir,
  ...access,
  mode: 0o700,
}

const given = (gathered: Gathered) =>
  [...gathered]
    // A variable of pot's own is recorded under its name, because pot may give
    // it another value next time.
    .map(([name, { value, source }]) => {
      const pots = source.match(/^_POT_\w+/)?.[0]
      return [pots ?? name, reveal(value)] as const
    })
    .toSorted(([a], [b]) => (a < b ? -1 : 1))

const record = (
  { version, gathered, params }: Intended,
  services: Ledger,
): FileOrDir[] => [
  recordDir,
  {
    kind: 'file',
    path: paths.recordedParams,
    content: new Secret(renderEnvironment(given(gathered))),
    ...access,
    mode: 0o600,
  },
  // For programs that need to know whether cook has run here. cook does not.
  {
    kind: 'file',
    path: paths.seasoned,
    content: 'cooked\n',
    ...access,
    mode: 0o644,
  },
  {
    kind: 'file',
    path: paths.record,
    content: renderRecord({
      cook: version,
      domain: params.domain.name,
      services,
    }),
    ...access,
    mode: 0o640,
  },
]

type FileOrDir = DirStep | FileStep

// What several services need is created and reported once.
const unique = <S extends Step>(steps: readonly S[]): S[] => [
  ...new Map(steps.map(step => [stepName(step), step])).values(),
]

/** What each service needs, by its name. */
const stepsOf = (
  services: readonly Service[],
  { params, recalled }: Intended,
): Map<string, Step[]> =>
  new Map(
    services
      .filter(({ wanted }) => wanted(params))
      .map(each => [each.name, each.steps(params, recalled.get(each))]),
  )

/**
 * What the record will say of each service. If services are not touched, a
 * service that should be taken back stays in the record.
 */
const ledgerOf = (
  needed: ReadonlyMap<string, readonly Step[]>,
  old: Ledger,
  { host, starts }: Context,
): Ledger => {
  const next = [...needed].map(([name, steps]) => {
    const checks = steps.flatMap(step =>
      step.kind === 'service' ? step.checks : [],
    )
    const made = madeOf(steps, old[name]?.made ?? [], host)
    return [name, { checks, made }] as const
  })
  const left = Object.entries(old)
    .filter(([name]) => !needed.has(name) && host.live && !starts)
    .map(([name, { made }]) => {
      const running = made.filter(({ kind }) => kind === 'service')
      return [name, { checks: [], made: running }] as const
    })
    .filter(([, { made }]) => made.length > 0)
  return Object.fromEntries([...next, ...left])
}

/** Makes steps from what was checked and recalled. Nothing decides later. */
export const plan = (intended: Intended, context: Context): Plan => {
  const { host, services } = context
  const needed = stepsOf(services, intended)
  const old = intended.ledger
  const next = ledgerOf(needed, old, context)
  const wanted = new Map(
    Object.entries(next).map(([name, { made }]) => [
      name,
      new Set(needed.has(name) ? made.map(keyOf) : []),
    ]),
  )
  const daemons = new Map(
    services.flatMap(({ name, daemon }) => (daemon ? [[name, daemon]] : [])),
  )
  const back = takingBack(old, wanted, daemons, host)
  const all = unique<Step>([
    ...[...needed.values()].flat(),
    ...back.steps,
    ...back.services,
  ])
  const removals = all.filter(step => step.kind === 'removal')
  // What others will listen on is free only after its service is down.
  const served = all
    .filter(step => step.kind === 'service')
    .toSorted((a, b) => Number(b.down ?? false) - Number(a.down ?? false))
  const accounts = all.filter(step => step.kind === 'account')
  const before = unique([
    ...all.filter(
      step =>
        step.kind !== 'service' &&
        step.kind !== 'account' &&
        step.kind !== 'removal',
    ),
    // Its mark is written before the record.
    ...(served.some(({ once }) => once) ? [recordDir] : []),
  ])
  const made = new Set(before.map(stepName))
  const last = [
    ...removals,
    ...record(intended, next).filter(step => !made.has(stepName(step))),
  ]
  refuseUnsafe([stateDir, ...before, ...last])
  return {
    first: [stateDir],
    steps: before,
    services: served,
    accounts,
    record: last,
    ledger: { old, next },
    moves: movesOf(old, next),
    faults: [...back.left, ...rcFaults([...needed.values()].flat(), host)],
  }
}

/** What an image contains before any parameter is known. */
export const planImage = (
  services: readonly Service[],
  nomad: boolean,
  host: Host,
): Plan => {
  const steps = unique(services.flatMap(({ image }) => image?.(nomad) ?? []))
  refuseUnsafe(steps)
  return {
    ...{ first: [], steps, services: [], accounts: [], record: [] },
    faults: rcFaults(steps, host),
    ledger: { old: {}, next: {} },
    moves: [],
  }
}
