// The steps that take back what these parameters do not need any more.

import type { Host } from '../../host/host.ts'
import { hashOf, keyOf, type Ledger, type Made } from './made.ts'
import { paths } from '../../contract/paths.ts'
import { valueIn } from '../../formats/rc-conf.ts'
import type { Fault } from '../../contract/report.ts'
import type { Daemon } from '../steps/daemon.ts'
import type { FileSystemStep, ServiceStep } from '../steps/step.ts'

/** What there is to take back. */
export interface TakingBack {
  steps: FileSystemStep[]
  services: ServiceStep[]
  /** What others have changed since then: it stays. */
  left: Fault[]
}

const access = { owner: 'root', group: 'wheel', mode: 0o644 }

const changed = (subject: string): Fault => ({
  severity: 'warning',
  subject,
  message:
    'is no longer needed, but was changed after cook wrote it, so it stays: ' +
    'remove it if you do not need it',
})

const fileSteps = (
  { path, hashes }: Extract<Made, { kind: 'file' }>,
  host: Host,
): FileSystemStep[] | Fault => {
  const stat = host.look(path)
  if (stat === undefined) {
    // A run that was killed may have left copies of it.
    return host.leftovers(path).length > 0 ? [{ kind: 'removal', path }] : []
  }
  const text = stat.type === 'file' ? host.text(path) : undefined
  return text !== undefined && hashes.includes(hashOf(text))
    ? [{ kind: 'removal', path }]
    : changed(path)
}

const rcvarSteps = (
  { name, values, before }: Extract<Made, { kind: 'rcvar' }>,
  host: Host,
): FileSystemStep[] | Fault => {
  const is = valueIn(host.text(paths.rcConf) ?? '', name)
  return is === before
    ? []
    : is !== undefined && values.includes(is)
      ? [{ kind: 'rcvar', name, value: before }]
      : changed(`${paths.rcConf}: ${name}`)
}

const stepsFor = (made: Made, host: Host): FileSystemStep[] | Fault => {
  switch (made.kind) {
    case 'file':
      return fileSteps(made, host)
    case 'files': {
      const { path, names } = made
      const none = { files: [], names: new RegExp(names) }
      return [{ kind: 'files', path, ...none, ...access }]
    }
    case 'line': {
      const { path, line } = made
      return [{ kind: 'line', path, line, place: 'nowhere' }]
    }
    case 'rcvar':
      return rcvarSteps(made, host)
    case 'service':
      return []
  }
}

/** A service that rc(8) started before cook did keeps running. */
const serviceStep = (
  { enabled }: Extract<Made, { kind: 'service' }>,
  daemon: Daemon,
  made: readonly Made[],
): ServiceStep => ({
  ...daemon,
  kind: 'service',
  checks: [],
  ...(enabled
    ? { reads: made.flatMap(each => (each.kind === 'line' ? each.path : [])) }
    : { reads: [], down: true }),
})

/**
 * Plans how to take back everything that is recorded and not wanted.
 * @param wanted the keys of what stays, for each service
 * @param daemons of all services, by name
 */
export const takingBack = (
  recorded: Ledger,
  wanted: ReadonlyMap<string, ReadonlySet<string>>,
  daemons: ReadonlyMap<string, Daemon>,
  host: Host,
): TakingBack => {
  const all: TakingBack = { steps: [], services: [], left: [] }
  for (const [name, { made }] of Object.entries(recorded)) {
    const over = made.filter(each => !wanted.get(name)?.has(keyOf(each)))
    for (const each of over) {
      const found = stepsFor(each, host)
      if (Array.isArray(found)) {
        all.steps.push(...found)
      } else {
        all.left.push(found)
      }
      const daemon = daemons.get(name)
      if (each.kind === 'service' && daemon !== undefined) {
        all.services.push(serviceStep(each, daemon, over))
      }
    }
  }
  return all
}
