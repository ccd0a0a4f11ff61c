import { exit, Failure, type Exit } from '../../lib/contract/failure.ts'
import { readRecord } from '../../lib/engine/record/record.ts'
import { shortages } from '../../lib/engine/data-set/judge-space.ts'
import { statusOf } from '../../lib/engine/health/status.ts'
import { readLive } from '../../lib/services/synapse/api/live-homeserver.ts'
import { contextOf } from '../road.ts'
import type { Run } from '../world.ts'

/** Whether all services answer where the last apply recorded them. */
export const run = async (run: Run): Promise<Exit> => {
  const { host, log, facts } = run
  facts['healthy'] = false
  if (readRecord(host) === undefined) {
    const message = 'this jail has no homeserver yet: run cook'
    throw new Failure(exit.unavailable, message)
  }
  const all = await statusOf(contextOf(run))
  const short = shortages(host)
  const isFull = short.some(each => each.isFull)
  for (const { name, health, where } of all) {
    // If nothing can be stored, an answer does not show health.
    if (health.healthy && !isFull) {
      log.item(`${name} is healthy: ${where.join(', ')}`, {})
    }
  }
  for (const { name, notices } of all) {
    notices.forEach(each => log.warning(`${name}: ${each}`))
  }
  for (const { path, isFull, message } of short) {
    const tell = isFull ? log.error : log.warning
    tell(`${path}: ${message}`)
  }
  const ill = all.flatMap(({ health }) => (health.healthy ? [] : [health]))
  if (ill.length > 0) {
    // A service may log its own configuration.
    const live = await readLive(host).catch(() => undefined)
    log.hide(() => live?.secrets ?? [])
    ill.forEach(({ cause, log: lines }) => log.error(cause, lines))
  }
  if (ill.length > 0 || isFull) {
    throw new Failure(exit.unavailable, '')
  }
  facts['healthy'] = true
  return exit.ok
}
