import { exit, Failure, type Exit } from '../../lib/contract/failure.ts'
import { whereOf } from '../../lib/engine/health.ts'
import type { Host } from '../../lib/host/host.ts'
import { readLive } from '../../lib/services/synapse/api/live-homeserver.ts'
import { readRecord, recordedLedger } from '../../lib/engine/record/record.ts'
import { services } from '../../lib/services/index.ts'
import type { ServiceStep } from '../../lib/engine/steps/step.ts'
import { checksOf, verify } from '../../lib/engine/verify.ts'
import type { Run } from '../world.ts'

// In seconds. One that is healthy answers at once.
const timeout = 5

/** The services that the last apply has started, as it left them. */
const startedOf = (host: Host): ServiceStep[] => {
  const ledger = recordedLedger(host, services)
  return services.flatMap(({ name, daemon }) => {
    const { checks, made } = ledger[name] ?? { checks: [], made: [] }
    const isStarted = made.some(({ kind }) => kind === 'service')
    return daemon !== undefined && isStarted
      ? [{ ...daemon, kind: 'service', reads: [], checks, timeout }]
      : []
  })
}

/** Whether all services answer where the last apply has told them to. */
export const runStatus = async ({ host, log, facts }: Run): Promise<Exit> => {
  facts['healthy'] = false
  if (readRecord(host) === undefined) {
    const message = 'this jail has no homeserver yet: cook has not made it'
    throw new Failure(exit.unavailable, message)
  }
  let failure: Failure | undefined
  for (const step of startedOf(host)) {
    const health = await verify(host, step, undefined)
    if (health.healthy) {
      const where = (await checksOf(host, step)).map(whereOf).join(', ')
      log.item(`${step.name} is healthy: ${where}`, {})
      continue
    }
    const { cause, log: details } = health
    const live = await readLive(host).catch(() => undefined)
    log.hide(() => live?.secrets ?? [])
    if (failure !== undefined) {
      log.error(failure.message, failure.details)
    }
    failure = new Failure(exit.unavailable, cause, { details })
  }
  if (failure !== undefined) {
    throw failure
  }
  facts['healthy'] = true
  return exit.ok
}
