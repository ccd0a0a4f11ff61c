// Runs that set up the toy.

import type { Test } from 'tap'
import { Failure } from '../../../lib/contract/failure.ts'
import { newReport } from '../../../lib/contract/report.ts'
import { apply } from '../../../lib/engine/apply.ts'
import { driftLine, drifts } from '../../../lib/engine/drifts.ts'
import { plan } from '../../../lib/engine/plan.ts'
import { recallAll, secretsOf } from '../../../lib/engine/recall.ts'
import { readLedger } from '../../../lib/engine/record/record.ts'
import { confirm } from '../../../lib/engine/serve.ts'
import type { Host } from '../../../lib/host/host.ts'
import { gathered, params, required } from '../../small/given.ts'
import { free } from '../../support/listening.ts'
import { places, type Toy } from './index.ts'
import { contextOf, toyJail } from './jail.ts'

/** One run: all stages, and their results. */
export const cook = async (host: Host, toy: Toy, starts = true) => {
  const { context, told } = contextOf(host, toy, starts)
  const report = newReport()
  const right = params(required)
  const given = { host, right, now: new Date(), report }
  const recalled = (await recallAll(context.services, given))!
  const ledger = readLedger(host, context.services)
  const wanted = plan(
    {
      ...{ version: '1', gathered: gathered(required), params: right },
      ...{ recalled, ledger },
    },
    context,
  )
  const found = (await drifts(wanted, context)).map(driftLine)
  const { faults: left } = wanted
  const failure = await (found.length > 0
    ? apply(wanted, context)
    : confirm(wanted.services, context)
  ).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof Failure) return error
      throw error
    },
  )
  const hidden = secretsOf(gathered(required), recalled)
  return { context, found, failure, left, told: told(), hidden }
}

/** An empty jail, and the toy. */
export const ready = async (t: Test, more: Partial<Toy> = {}) => {
  const { port } = await free()
  const toy: Toy = { wanted: true, port, mode: 'healthy', ...more }
  const host = toyJail(t, {
    '/etc/rc.conf': 'other_enable="YES"\n',
    [places.shared]: 'mine\n',
  })
  return { host, toy }
}

/** A host that dies at its nth change, and changes nothing after that. */
export const dyingAt = (host: Host, n: number) => {
  let count = 0
  const unlessDead =
    <A extends unknown[], R>(change: (...args: A) => R) =>
    (...args: A): R => {
      if (++count >= n) {
        throw new RangeError('killed')
      }
      return change(...args)
    }
  const dying: Host = {
    ...host,
    // Not a change of its own; but who is dead runs no program.
    run: (...args) =>
      count >= n ? Promise.reject(new RangeError('killed')) : host.run(...args),
    keep: unlessDead(host.keep),
    rename: unlessDead(host.rename),
    remove: unlessDead(host.remove),
    restore: unlessDead(host.restore),
    removeDir: unlessDead(host.removeDir),
    writeTemporary: (...args) => {
      const made = unlessDead(host.writeTemporary)(...args)
      return { ...made, discard: unlessDead(made.discard) }
    },
  }
  return { dying, isDead: () => count >= n }
}
