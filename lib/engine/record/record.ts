import { exit, Failure } from '../../contract/failure.ts'
import type { Host } from '../../host/host.ts'
import { unite, type Ledger, type Made, type ServiceRecord } from './made.ts'
import { paths } from '../../contract/paths.ts'
import { show } from '../../contract/report.ts'
import type { Service } from '../service.ts'
import type { PortProbe, Probe, SocketProbe } from '../../net/probe.ts'
import type { HealthCheck } from '../steps/daemon.ts'

// Raised when an older cook could not read the record any more.
const format = 2

/** What the last apply recorded. */
interface LastApply {
  /** The version of cook that wrote it. */
  cook: string
  domain: string
  /** Missing in format 1. */
  services?: Ledger
  /** Where the one service of format 1 should answer. */
  probes?: readonly Probe[]
}

export const renderRecord = (record: Required<Omit<LastApply, 'probes'>>) =>
  `${JSON.stringify({ format, ...record }, undefined, 2)}\n`

type Unjudged<T> = { [key in keyof T]?: unknown }

const parse = (text: string): Unjudged<LastApply & { format: number }> => {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}

const isText = (value: unknown): value is string => typeof value === 'string'

const areTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every(isText)

const isProbe = (each: unknown): each is Probe => {
  const { socket, address, port, tls }: Unjudged<PortProbe & SocketProbe> =
    Object(each)
  return (
    isText(socket) ||
    (isText(address) && typeof port === 'number' && typeof tls === 'boolean')
  )
}

const isCheck = (each: unknown): each is HealthCheck => {
  const { kind, at, path, argv } = Object(each)
  return kind === 'exit'
    ? areTexts(argv) && argv.length > 0
    : ['http', 'ssh', 'tcp', 'tls'].includes(kind) &&
        isProbe(at) &&
        (kind !== 'http' || isText(path))
}

const isMade = (each: unknown): each is Made => {
  const { kind, path, name, hashes, names, line, values, ...rest } =
    Object(each)
  const { before, enabled } = rest
  switch (kind) {
    case 'file':
      return isText(path) && areTexts(hashes)
    case 'files':
      return isText(path) && isText(names)
    case 'line':
      return isText(path) && isText(line)
    case 'rcvar':
      return isText(name) && areTexts(values) && isText(before ?? '')
    case 'service':
      return isText(name) && typeof enabled === 'boolean'
    default:
      return false
  }
}

const isServiceRecord = (each: unknown): each is ServiceRecord => {
  const { checks, made } = Object(each)
  return (
    Array.isArray(checks) &&
    checks.every(isCheck) &&
    Array.isArray(made) &&
    made.every(isMade)
  )
}

const isLedger = (all: unknown): all is Ledger =>
  typeof all === 'object' &&
  all !== null &&
  Object.values(all).every(isServiceRecord)

/**
 * The record of the last apply, or undefined if it is missing or unreadable.
 * @throws {Failure} exit 78 if a newer cook wrote it
 */
export const readRecord = (host: Host): LastApply | undefined => {
  const found = parse(host.text(paths.record) ?? '')
  const { cook, domain, services, probes } = found
  if (typeof found.format === 'number' && found.format > format) {
    const newer = `was written by a newer cook (${show(String(cook))}): run that version`
    throw new Failure(exit.config, `${paths.record}: ${newer}`)
  }
  return !isText(cook) || !isText(domain)
    ? undefined
    : found.format === format && isLedger(services)
      ? { cook, domain, services }
      : found.format === 1 && Array.isArray(probes) && probes.every(isProbe)
        ? { cook, domain, probes }
        : undefined
}

/**
 * What the last apply created. If the record does not say, services know what
 * may be there.
 * @throws {Failure} exit 78 if a newer cook wrote the record
 */
export const recordedLedger = (
  host: Host,
  services: readonly Service[],
): Ledger => {
  const record = readRecord(host)
  const former = ({ name, formerly }: Service) => {
    const found = formerly?.(host, record?.probes ?? [])
    return found === undefined ? [] : [[name, found] as const]
  }
  return record?.services ?? Object.fromEntries(services.flatMap(former))
}

/** What an apply is about to create. The file exists until that is done. */
export const renderIntent = (services: Ledger): string =>
  `${JSON.stringify({ format, services }, undefined, 2)}\n`

/**
 * Everything that cook has created in this jail, in killed runs too.
 * @throws {Failure} exit 78 if a newer cook wrote the record
 */
export const readLedger = (
  host: Host,
  services: readonly Service[],
): Ledger => {
  const done = recordedLedger(host, services)
  const intent = parse(host.text(paths.intent) ?? '')
  return isLedger(intent.services) ? unite(done, intent.services) : done
}
