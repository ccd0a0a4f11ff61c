// What is done before a service starts that a killed process has left something
// for.

import t, { type Test } from 'tap'
import { rest, restDrift } from '../../../lib/engine/data-set/rest.ts'
import type { Host } from '../../../lib/host/host.ts'
import type { ServiceStep } from '../../../lib/engine/steps/step.ts'
import {
  aProcess,
  hostWith,
  serviceStep,
  write,
} from '../../small/service-step.ts'

const left = '/var/x.sock.lock'

/** A service that has left a lock, unless it is removed. */
const locked = (fault?: string) => {
  const removed: string[] = []
  const step = serviceStep([], {
    leavings: {
      left: async () => (removed.length > 0 ? undefined : left),
      remove: async () => {
        fault === undefined && removed.push(left)
        return fault
      },
    },
  })
  return { step, removed }
}

const said = async (host: Host, step: ServiceStep): Promise<string[]> => {
  const all: string[] = []
  await rest(host, step, what => all.push(what))
  return all
}

/** A host where a process of the service lives that its pid file may name. */
const withProcess = async (t: Test, { isNamed }: { isNamed: boolean }) => {
  const { pid } = await aProcess(t)
  const host = hostWith(t, { '/etc/passwd': 'some:*:7:7\n' })
  const process = { pid, uid: 7, command: 'some daemon', start: 0 }
  write(host, '/var/run/some.pid', isNamed ? `${pid}\n` : '1\n')
  const here: Host = {
    ...host,
    processOf: () => process,
    processesOf: () => [process],
  }
  const runs = { user: 'some', pattern: 'daemon' }
  return { host: here, more: { runs, pidFile: '/var/run/some.pid' } }
}

t.test('what a killed process has left is removed', async t => {
  const { step, removed } = locked()
  const host = hostWith(t)
  t.equal(await restDrift(step, host), `has left ${left} and does not run`)
  t.same(removed, [], 'a look changes nothing')
  t.same(await said(host, step), [
    `${left} was left by a process that was killed: removed`,
  ])
  t.same(removed, [left])
  t.equal(await restDrift(step, host), undefined)
  t.same(await said(host, step), [])
})

t.test('what cannot be removed is why it does not start', async t => {
  const { step } = locked('Operation not permitted')
  await t.rejects(said(hostWith(t), step), {
    exit: 69,
    message: /cannot start: .*\.lock could not be removed: Operation not perm/,
  })
})

t.test(
  'what a process still uses stays, whatever its pid file says',
  async t => {
    for (const isNamed of [true, false]) {
      const { host, more } = await withProcess(t, { isNamed })
      const { step, removed } = locked()
      t.equal(await restDrift({ ...step, ...more }, host), undefined)
      t.same(await said(host, { ...step, ...more }), [])
      t.same(removed, [])
    }
  },
)

t.test('a service that should be down needs nothing', async t => {
  const { step } = locked()
  t.equal(await restDrift({ ...step, down: true }, hostWith(t)), undefined)
})
