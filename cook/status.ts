import { exit, Failure, type Exit } from '../lib/failure.ts'
import { healthOf } from '../lib/health.ts'
import { readLive } from '../lib/live-homeserver.ts'
import { probeName } from '../lib/probe.ts'
import { readRecord } from '../lib/record.ts'
import { synapseAt } from '../lib/services/synapse.ts'
import type { Run } from './world.ts'

// In seconds. One that is healthy answers at once.
const patience = 5

/** Whether Synapse answers where the last apply has told it to. */
export const runStatus = async ({ host, log, facts }: Run): Promise<Exit> => {
  const record = readRecord(host)
  facts['healthy'] = false
  if (record === undefined) {
    const message = 'this jail has no homeserver yet: cook has not made it'
    throw new Failure(exit.unavailable, message)
  }
  const { probes } = record
  const health = await healthOf(host, synapseAt(probes, patience), undefined)
  if (!health.healthy) {
    const { cause, log: details } = health
    const live = await readLive(host).catch(() => undefined)
    log.hide(() => live?.secrets ?? [])
    throw new Failure(exit.unavailable, cause, { details })
  }
  facts['healthy'] = true
  log.item(`synapse is healthy: ${probes.map(probeName).join(', ')}`, {})
  return exit.ok
}
