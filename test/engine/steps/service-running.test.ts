// Whether a service runs, according to rc(8).

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { hostAt } from '../../../lib/host/host.ts'
import type { ServiceStep } from '../../../lib/engine/steps/step.ts'
import { drift } from '../../../lib/engine/steps/service.ts'
import { machine } from '../../small/host-in.ts'

const step: ServiceStep = {
  kind: 'service',
  name: 'synapse',
  reads: [],
  pidFile: '/pid',
  log: '/log',
  explains: [],
  forking: 1,
  checks: [],
  timeout: 1,
}

// Rows: the pid file, the exit code of service(8), the drift, whether it is
// run.
for (const [name, pid, code, wanted, asked] of [
  ['no pid file', undefined, 0, 'is not running', false],
  ['an empty pid file', '', 0, 'is not running', false],
  ['a pid that rc confirms', '4711\n', 0, undefined, true],
  ['a pid that rc does not confirm', '4711\n', 1, 'is not running', true],
] as const) {
  t.test(`${name}: service(8) is ${asked ? '' : 'not '}run`, async t => {
    const root = t.testdir({
      ...(pid === undefined ? {} : { pid }),
      asked: '',
      bin: {},
    })
    const asking = join(root, 'asked')
    const script = `#!/bin/sh\necho "$@" >>${asking}\nexit ${code}\n`
    writeFileSync(join(root, 'bin/service'), script, { mode: 0o755 })
    const path = `${join(root, 'bin')}:${machine.path}`
    const found = await drift(step, hostAt(root, { ...machine, path }))
    t.equal(found?.reason, wanted)
    t.equal(readFileSync(asking, 'utf8'), asked ? 'synapse onestatus\n' : '')
  })
}
