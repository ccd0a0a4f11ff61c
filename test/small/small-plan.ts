// The plan of a homeserver for a small jail, and what was logged.

import type { Context } from '../../lib/engine/context.ts'
import type { Host } from '../../lib/host/host.ts'
import { newLog, type Log } from '../../lib/host/log/log.ts'
import { paths } from '../../lib/contract/paths.ts'
import type { Plan } from '../../lib/engine/plan.ts'
import { renderRecord } from '../../lib/engine/record/record.ts'
import { services } from '../../lib/services/index.ts'
import type { PortProbe } from '../../lib/net/probe.ts'
import type { FileStep } from '../../lib/engine/steps/step.ts'
import { healthAt, serviceStep } from './service-step.ts'

const access = { owner: 'root', group: 'wheel' }

export const fileStep = (
  path: string,
  content: FileStep['content'],
): FileStep => ({ kind: 'file', path, content, ...access, mode: 0o644 })

/** What the homeserver of a small jail reads. */
export const configuration = (
  { address, port }: PortProbe,
  mode = 'healthy',
): string =>
  `listeners:\n  - port: ${port}\n    bind_addresses: ["${address}"]\n` +
  `# mode: ${mode}\n`

export const smallPlan = (
  probe: PortProbe,
  { mode = 'healthy', timeout = 60 } = {},
): Plan => ({
  first: [{ kind: 'dir', path: paths.stateDir, ...access, mode: 0o750 }],
  steps: [
    { kind: 'dir', path: paths.synapseDir, ...access, mode: 0o755 },
    fileStep(paths.homeserver, configuration(probe, mode)),
    { kind: 'rcvar', name: 'synapse_enable', value: 'YES' },
  ],
  services: [serviceStep([probe], { timeout })],
  accounts: [],
  record: [
    fileStep(
      paths.record,
      renderRecord({
        cook: mode,
        domain: 'example.com',
        services: { synapse: { checks: [healthAt(probe)], made: [] } },
      }),
    ),
  ],
  ledger: { old: {}, next: {} },
  faults: [],
  moves: [],
})

/** The context of the stages. */
export const contextIn = (
  host: Host,
  log: Log,
  starts: boolean,
  ending?: AbortSignal,
): Context => ({ host, log, services, starts, ending })

/** A log for people, and its text. */
export const telling = (): { log: Log; told: () => string } => {
  let told = ''
  const tell = (text: string) => void (told += text)
  const isFull = () => false
  const streams = { out: tell, err: tell, isFull, terminal: false }
  const options = { json: false, quiet: false, now: () => new Date(0) }
  return { log: newLog(streams, options), told: () => told }
}

/** A name that exists, but is too long for a temporary name next to it. */
export const unwritable = `/srv/${'x'.repeat(250)}`
