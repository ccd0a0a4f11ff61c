// What cook has made in this jail for each service, and what stood there
// before: so that what nobody asks for any more can be taken back. What is on
// the data set is no part of it: data, keys and accounts stay.

import { createHash } from 'node:crypto'
import type { Host } from '../../host/host.ts'
import { paths } from '../../contract/paths.ts'
import { isEnabled, valueIn } from '../../formats/rc-conf.ts'
import { reveal } from '../../contract/secret.ts'
import type { FileStep, HealthCheck, Step } from '../steps/step.ts'

/** One thing that cook has made, or is about to. */
export type Made =
  /** Of a killed run both contents may be there. */
  | { kind: 'file'; path: string; hashes: string[] }
  /** A folder's files of such names. */
  | { kind: 'files'; path: string; names: string }
  | { kind: 'line'; path: string; line: string }
  /** Without `before` it was not set. */
  | { kind: 'rcvar'; name: string; values: string[]; before?: string }
  /** Whether rc was to start it before. */
  | { kind: 'service'; name: string; enabled: boolean }

/** What the record knows of a service. */
export interface ServiceRecord {
  /** Where it was to answer. */
  checks: readonly HealthCheck[]
  made: readonly Made[]
}

/** The same of all services, by their names. */
export type Ledger = Readonly<Record<string, ServiceRecord>>

/** What two records of one thing have in common. */
export const keyOf = (made: Made): string =>
  'path' in made
    ? `${made.kind} ${made.path} ${made.kind === 'line' ? made.line : ''}`
    : `${made.kind} ${made.name}`

export const hashOf = (text: string): string =>
  createHash('sha256').update(text).digest('hex')

const isKept = (path: string): boolean => path.startsWith(`${paths.data}/`)

const fileMade = ({ path, content }: FileStep): Made[] =>
  typeof content === 'object' && 'make' in content
    ? []
    : [{ kind: 'file', path, hashes: [hashOf(reveal(content))] }]

const hasLine = (host: Host, path: string, line: string): boolean =>
  (host.text(path) ?? '').split('\n').some(each => each.trim() === line)

/** What a step makes that is not there yet; nothing where nothing can go. */
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
      const isOurs = place === 'first' && !hasLine(host, path, line)
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

/** The newer one, with what the older one knows of the time before both. */
const since = (old: Made, next: Made): Made =>
  next.kind === 'rcvar' && old.kind === 'rcvar'
    ? {
        ...{ kind: next.kind, name: next.name, values: next.values },
        ...(old.before === undefined ? {} : { before: old.before }),
      }
    : next.kind === 'service'
      ? old
      : next

/** The same, where either may be true. */
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
 * What is recorded when all these steps are done.
 * @param old what was recorded before them
 */
export const madeOf = (
  steps: readonly Step[],
  old: readonly Made[],
  host: Host,
): Made[] => {
  const known = byKey(old)
  return steps.flatMap(step => {
    // A line that cook has made itself is there, and is cook's all the same.
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

/** Both ledgers in one, where a killed run may have left either. */
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
