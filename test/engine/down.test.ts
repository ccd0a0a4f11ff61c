// A service that should be down.

import t, { type Test } from 'tap'
import { serviceDrifts } from '../../lib/engine/drifts.ts'
import type { ServiceStep } from '../../lib/engine/steps/step.ts'
import * as service from '../../lib/engine/steps/service.ts'
import { verify } from '../../lib/engine/health/verify.ts'
import { hostIn } from '../small/host-in.ts'

const step: ServiceStep = {
  kind: 'service',
  name: 'nap',
  down: true,
  reads: ['/etc/nap.conf'],
  pidFile: '/var/run/nap.pid',
  log: '/var/log/nap.log',
  explains: [],
  forking: 1,
  checks: [{ kind: 'tcp', at: { address: '127.0.0.1', port: 1, tls: false } }],
  timeout: 1,
}

/** A jail whose service(8) reports this state. */
const jail = (t: Test, running: boolean) => {
  const asked: string[] = []
  const host = {
    ...hostIn(t, { '/etc/nap.conf': '', '/var/run/nap.pid': '4711\n' }),
    run: async (command: string, args: readonly string[]) => {
      asked.push([command, ...args].join(' '))
      return { code: running ? 0 : 1, stdout: '', stderr: '', late: false }
    },
  }
  return { host, asked }
}

t.test('a service that runs drifts, and is stopped', async t => {
  const { host, asked } = jail(t, true)
  t.same(await service.drift(step, host), { reason: 'is running' })
  const start = await service.mend(step, host)
  t.match(start, { failed: false })
  t.strictSame(asked, [
    'service nap onestatus',
    'service nap onestatus',
    'service nap onestop',
  ])
})

t.test('a service that is down does not drift', async t => {
  const { host, asked } = jail(t, false)
  t.same(await serviceDrifts([step], host, step.reads), [])
  await service.mend(step, host)
  t.notMatch(asked.join('\n'), /start/)
  t.same(await verify(host, step, undefined), { healthy: true })
})
