import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { untilWell } from '../../../lib/engine/health/health.ts'
import type { Probe } from '../../../lib/net/probe.ts'
import { ours } from '../../small/peer.ts'
import { healthAt } from '../../small/service-step.ts'
import { free, listening, ok, silent } from '../../support/listening.ts'
import { mostly, timeOf } from '../../support/promptly.ts'
import { until } from '../../support/until.ts'

t.jobs = 8

/** How long after `change` a listener's health was noticed. */
const noticed = async (
  probe: Probe,
  change: () => unknown,
  told: string[],
  isTold: boolean,
): Promise<number> => {
  const { signal } = new AbortController()
  const healthy = untilWell(healthAt(probe), ours(), signal, fault =>
    told.push(fault),
  )
  await (isTold ? until(() => told.length > 0) : sleep(200))
  await change()
  return timeOf(() => healthy)
}

t.test('health is noticed within 100 ms', { jobs: 1 }, async t => {
  const refuses = async () => {
    const probe = await free()
    return { probe, change: () => listening(t, ok, probe) }
  }
  const isBusy = async () => {
    let status = 503
    const probe = await listening(t, (_, response) => {
      response.writeHead(status).end()
    })
    return { probe, change: () => (status = 200) }
  }
  // What came before it was ready is never answered.
  const isDeaf = async () => {
    let answer = silent
    const probe = await listening(t, (...each) => answer(...each))
    return { probe, change: () => (answer = ok) }
  }
  for (const [setting, first] of [
    [refuses, /ECONNREFUSED/],
    [isBusy, /^answers 503$/],
    [isDeaf, undefined],
  ] as const) {
    const after: number[] = []
    for (let tries = 0; tries < 5; tries++) {
      const { probe, change } = await setting()
      const told: string[] = []
      after.push(await noticed(probe, change, told, first !== undefined))
      t.match(told[0] ?? '', first ?? /^$/)
    }
    t.ok(mostly(after) < 100, `${mostly(after)} ms`)
  }
})

t.test('asking ends when nobody waits any more', async t => {
  for (const probe of [await free(), await listening(t, silent)]) {
    const done = new AbortController()
    setTimeout(() => done.abort(), 200)
    const time = await timeOf(async () =>
      t.equal(
        await untilWell(healthAt(probe), ours(), done.signal, () => undefined),
        false,
      ),
    )
    t.ok(time < 1500, `${time} ms`)
  }
})

t.test('who is healthy is not asked again', async t => {
  let asked = 0
  const probe = await listening(t, (_, response) => {
    asked++
    response.end()
  })
  const { signal } = new AbortController()
  t.equal(await untilWell(healthAt(probe), ours(), signal, t.fail), true)
  // A question that was on its way may still arrive.
  await sleep(200)
  const then = asked
  await sleep(200)
  t.equal(asked, then)
})
