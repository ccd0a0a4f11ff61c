import { exit, Failure } from './failure.ts'
import type { Host } from './host.ts'
import { paths } from './paths.ts'
import { show } from './report.ts'
import type { PortProbe, Probe, SocketProbe } from './step.ts'

// A number that grows when an older cook could not read the record.
const format = 1

/** What the last apply left, for the next one. */
interface LastApply {
  format: number
  /** The version of cook that wrote it. */
  cook: string
  domain: string
  /** Where Synapse was to answer. */
  probes: readonly Probe[]
}

export const renderRecord = (record: Omit<LastApply, 'format'>): string =>
  `${JSON.stringify({ format, ...record }, undefined, 2)}\n`

type Unjudged<T> = { [key in keyof T]?: unknown }

const parse = (text: string): Unjudged<LastApply> => {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}

const isProbe = (each: unknown): each is Probe => {
  const { socket, address, port, tls }: Unjudged<PortProbe & SocketProbe> =
    Object(each)
  return (
    typeof socket === 'string' ||
    (typeof address === 'string' &&
      typeof port === 'number' &&
      typeof tls === 'boolean')
  )
}

/**
 * The record of the last apply; one that cannot be read is no record.
 * @throws {Failure} exit 78 when a newer cook wrote it
 */
export const readRecord = (host: Host): LastApply | undefined => {
  const found = parse(host.text(paths.record) ?? '')
  const { cook, domain, probes } = found
  if (typeof found.format === 'number' && found.format > format) {
    const newer = `was written by a newer cook (${show(String(cook))}): use that`
    throw new Failure(exit.config, `${paths.record}: ${newer}`)
  }
  return found.format === format &&
    typeof cook === 'string' &&
    typeof domain === 'string' &&
    Array.isArray(probes) &&
    probes.every(isProbe)
    ? { format, cook, domain, probes }
    : undefined
}
