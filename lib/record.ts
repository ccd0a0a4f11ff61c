import { exit, Failure } from './failure.ts'
import type { Host } from './host.ts'
import { paths } from './paths.ts'
import type { Probe } from './step.ts'

// A number that grows when an older cook could not read the record.
const format = 1

/** What the last apply left, for the next one. */
export interface LastApply {
  format: number
  /** The version of cook that wrote it. */
  cook: string
  domain: string
  /** Where Synapse was to answer. */
  probes: readonly Probe[]
}

export const renderRecord = (record: Omit<LastApply, 'format'>): string =>
  `${JSON.stringify({ format, ...record }, undefined, 2)}\n`

/**
 * The record of the last apply; one that cannot be read is no record.
 * @throws {Failure} exit 78 when a newer cook wrote it
 */
export const readRecord = (host: Host): LastApply | undefined => {
  let record: LastApply
  try {
    record = JSON.parse(host.text(paths.record) ?? 'null')
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined
    }
    throw error
  }
  if (typeof record?.format !== 'number') {
    return undefined
  }
  if (record.format > format) {
    throw new Failure(
      exit.config,
      `${paths.record}: was written by a newer cook (${record.cook}): use that`,
    )
  }
  return record
}
