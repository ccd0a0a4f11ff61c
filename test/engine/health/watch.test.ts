import { appendFileSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { exit } from '../../../lib/contract/failure.ts'
import { paths } from '../../../lib/contract/paths.ts'
import { watch } from '../../../lib/engine/health/watch.ts'
import { at } from '../../small/host-in.ts'
import {
  aProcess,
  remove,
  serviceStep,
  write,
} from '../../small/service-step.ts'
import { calls, smallJail } from '../../small/small-jail.ts'
import { lockText } from '../../support/lock-text.ts'

t.jobs = 4

const step = serviceStep([])
const soon = { interval: 20, restart: 2000 }

/** A jail in which a process of the service runs and is watched. */
const watched = async (t: Test, pace = soon) => {
  const process = await aProcess(t)
  const host = smallJail(t, {
    [paths.pidFile]: String(process.pid),
    [paths.synapseLog]: 'OSError: of an earlier life\nINFO: up\n',
  })
  const ending = new AbortController()
  const begun = performance.now()
  let after: number | undefined
  const end = watch([step], { host }, ending.signal, pace).then(
    () => undefined,
    error => {
      after = performance.now() - begun
      return error
    },
  )
  return { host, process, ending, end, after: () => after }
}

t.test('it stays as long as the service is alive', async t => {
  const { ending, end, after } = await watched(t)
  await sleep(600)
  t.equal(after(), undefined)
  ending.abort()
  await end
})

t.test('a signal stops the service at once', async t => {
  const { host, process, ending, end } = await watched(t, {
    interval: 60_000,
    restart: 0,
  })
  await sleep(100)
  ending.abort()
  t.equal(await end, undefined)
  t.same(calls(host), ['synapse onestop'])
  await process.end()
})

t.test('an earlier signal takes effect too', async t => {
  const host = smallJail(t)
  const other = { ...step, name: 'other' }
  await watch([step, other], { host }, AbortSignal.abort())
  t.same(calls(host), ['other onestop', 'synapse onestop'], 'the last first')
})

t.test('a service that has died ends it with the cause', async t => {
  const { host, process, end } = await watched(t, {
    ...soon,
    restart: 60_000,
  })
  await sleep(100)
  appendFileSync(at(host, paths.synapseLog), 'MemoryError: out of: memory\n')
  await process.end()
  t.match(await end, {
    exit: exit.unavailable,
    message: /^synapse has died: MemoryError: out of: memory$/,
    details: [
      'OSError: of an earlier life',
      'INFO: up',
      'MemoryError: out of: memory',
    ],
  })
  t.same(calls(host), [])
})

t.test('an old error of its log is not why it was killed', async t => {
  const { process, end } = await watched(t)
  await sleep(100)
  await process.end()
  t.match(await end, { message: /^synapse has died$/ })
})

t.test('nor is an error of a process that was replaced since', async t => {
  const { host, process, end } = await watched(t)
  await sleep(100)
  appendFileSync(at(host, paths.synapseLog), 'OSError: of the first\n')
  await sleep(100)
  const next = await aProcess(t)
  write(host, paths.pidFile, String(next.pid))
  await process.end()
  await sleep(100)
  await next.end()
  t.match(await end, { message: /^synapse has died$/ })
})

t.test('a service that was stopped may be restarted', async t => {
  const { host, process, end, after } = await watched(t)
  await sleep(50)
  remove(host, paths.pidFile)
  await process.end()
  await sleep(200)
  t.equal(after(), undefined)
  const next = await aProcess(t)
  write(host, paths.pidFile, String(next.pid))
  await sleep(2500)
  t.equal(after(), undefined, 'it was restarted')

  remove(host, paths.pidFile)
  const since = performance.now()
  t.match(await end, { message: /^synapse has died/ })
  t.ok(performance.now() - since > 1900, 'this time it was not restarted')
})

t.test('a service that never starts is not waited for forever', async t => {
  const host = smallJail(t)
  const { signal } = new AbortController()
  await t.rejects(watch([step], { host }, signal, soon), {
    exit: exit.unavailable,
    message: 'synapse has died',
  })
})

t.test('during another run a stopped service is not an error', async t => {
  const { host, process, end, after } = await watched(t)
  const other = await aProcess(t)
  host.claim(paths.lock, lockText(other.pid))
  await process.end()
  unlinkSync(join(host.root, paths.pidFile))
  await sleep(2500)
  t.equal(after(), undefined)
  unlinkSync(join(host.root, paths.lock))
  t.match(await end, { message: /^synapse has died/ })
})
