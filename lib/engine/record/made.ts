// What cook has created in this jail for each service, and what was there
// before, so that cook can take it back when nobody wants it any more. The data
// set is not included: data, keys and accounts stay.

import { createHash } from 'node:crypto'
import type { Host } from '../../host/host.ts'
import { paths } from '../../contract/paths.ts'
import { isEnabled, valueIn } from '../../formats/rc-conf.ts'
import { reveal } from '../../contract/secret.ts'
import { hasLine } from '../steps/line.ts'
import type { HealthCheck } from '../steps/daemon.ts'
import type { FileStep, Step } from '../steps/step.ts'

/** One thing that cook has created or is about to create. */
export type Made =
  /** After a killed run the file may have either content. */
  | { kind: 'file'; path: string; hashes: string[] }
  /** The files in a directory whose names match. */
  | { kind: 'files'; path: string; names: string }
  | { kind: 'line'; path: string; line: string }
  /** `before` is the earlier value, if there was one. */
  | { kind: 'rcvar'; name: string; values: string[]; before?: string }
  /** Whether rc(8) started it before cook did. */
  | { kind: 'service'; name: string; enabled: boolean }

/** What the record contains about a service. */
export interface ServiceRecord {
  /** Where it should answer. */
  checks: readonly HealthCheck[]
  made: readonly Made[]
}

/** The same for all services, by name. */
export type Ledger = Readonly<Record<string, ServiceRecord>>

/** The same key for two entries about one thing. */
export const keyOf = (made: Made): string =>
  'path' in made
    ? `${made.kind} ${made.path} ${made.kind === 'line' ? made.line : ''}`
    : `${made.kind} ${made.name}`

export const hashOf = (content: string | Buffer): string =>
  createHash('sha256').update(content).digest('hex')

const isKept = (path: string): boolean => path.startsWith(`${paths.data}/`)

const fileMade = ({ path, content }: FileStep): Made[] =>
  typeof content === 'object' && 'make' in content
    ? []
    : [{ kind: 'file', path, hashes: [hashOf(reveal(content))] }]

/** What a step will create; empty if there is nothing to take back later. */
const madeBy = (step: Step, host: Host): Made[] => {
  if ('path' in step && isKept(step.path)) {
    return []
  }
  switch (step.kind) {
    case 'file':
      return fileMade(step)
    case 'files':
      return step.files.length === 0
        ? []
        : [{ kind: 'files', path: step.path, names: step.names.source }]
    case 'line': {
      const { place, path, line } = step
      const isOurs = place === 'first' && !hasLine(step, host)
      return isOurs ? [{ kind: 'line', path, line }] : []
    }
    case 'rcvar': {
      const { name, value } = step
      const before = valueIn(host.text(paths.rcConf) ?? '', name)
      return value === undefined
        ? []
        : [
            {
              ...{ kind: 'rcvar' as const, name, values: [value] },
              ...(before === undefined ? {} : { before }),
            },
          ]
    }
    case 'service':
      return step.down
        ? []
        : [
            {
              kind: 'service',
              name: step.name,
              enabled: isEnabled(host, step.name),
            },
          ]
    default:
      return []
  }
}

/** The newer entry, with the state before cook from the older one. */
const since = (old: Made, next: Made): Made =>
  next.kind === 'rcvar' && old.kind === 'rcvar'
    ? {
        ...{ kind: next.kind, name: next.name, values: next.values },
        ...(old.before === undefined ? {} : { before: old.before }),
      }
    : next.kind === 'service'
      ? old
      : next

/** The same, if either of the two may be true. */
const either = (old: Made, next: Made): Made => {
  const both = (a: readonly string[], b: readonly string[]): string[] => [
    ...new Set([...a, ...b]),
  ]
  const made = since(old, next)
  return made.kind === 'file' && old.kind === 'file'
    ? { ...made, hashes: both(old.hashes, made.hashes) }
    : made.kind === 'rcvar' && old.kind === 'rcvar'
      ? { ...made, values: both(old.values, made.values) }
      : made
}

const byKey = (all: readonly Made[]): Map<string, Made> =>
  new Map(all.map(made => [keyOf(made), made]))

/**
 * What the record contains after all these steps.
 * @param old what it contained before them
 */
export const madeOf = (
  steps: readonly Step[],
  old: readonly Made[],
  host: Host,
): Made[] => {
  const known = byKey(old)
  return steps.flatMap(step => {
    // A line that cook itself added earlier is still cook's.
    const again =
      step.kind === 'line' && step.place === 'first'
        ? known.get(keyOf({ ...step, kind: 'line' }))
        : undefined
    return again !== undefined
      ? [again]
      : madeBy(step, host).map(made => {
          const before = known.get(keyOf(made))
          return before === undefined ? made : since(before, made)
        })
  })
}

/** Both ledgers in one, because a killed run may have left either. */
export const unite = (old: Ledger, next: Ledger): Ledger => {
  const names = [...new Set([...Object.keys(old), ...Object.keys(next)])]
  return Object.fromEntries(
    names.map(name => {
      const all = byKey(old[name]?.made ?? [])
      for (const made of next[name]?.made ?? []) {
        const before = all.get(keyOf(made))
        all.set(keyOf(made), before ? either(before, made) : made)
      }
      const checks = (old[name] ?? next[name])?.checks ?? []
      return [name, { checks, made: [...all.values()] }]
    }),
  )
}
