// A signal goes to the process of the service, whatever a pid file says.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { reload, type Reloadable } from '../../../lib/engine/steps/reload.ts'
import type { Host } from '../../../lib/host/host.ts'
import { hostWith, serviceStep, write } from '../../small/service-step.ts'

const pidFile = '/run/pid'

const stepOf = (more: Partial<Reloadable> = {}): Reloadable => ({
  ...serviceStep([]),
  pidFile,
  runs: { user: 'toy', pattern: 'trap .*ready' },
  reload: {
    of: ['/a'],
    how: { signal: 'HUP' },
    proofs: [],
    within: 30,
  },
  ...more,
})

/** A process that prints a line for each of these signals. */
const listener = async (t: Test) => {
  const script =
    'trap "echo HUP" HUP; trap "echo USR1" USR1; echo ready; while :; do sleep 0.1; done'
  const child = spawn('sh', ['-c', script], { detached: true })
  t.teardown(() => child.pid && process.kill(-child.pid, 'SIGKILL'))
  let said = ''
  child.stdout.setEncoding('utf8').on('data', text => (said += text))
  await once(child.stdout, 'data')
  const heard = async (signal: string): Promise<void> => {
    while (!said.includes(signal)) await once(child.stdout, 'data')
  }
  return { pid: child.pid!, heard, said: () => said }
}

/** A jail with a user toy, whose processes are those of this test. */
const jail = (t: Test, uid = process.getuid!()): Host => {
  const passwd = `toy:*:${uid}:${uid}::/nonexistent:/bin/sh\n`
  return hostWith(t, { '/etc/passwd': passwd })
}

t.test('the process that the pid file names gets it', async t => {
  const { pid, heard } = await listener(t)
  const host = jail(t)
  write(host, pidFile, `${pid}\n`)
  t.equal(await reload(host, stepOf()), undefined)
  await heard('HUP')
})

t.test('another process gets none', async t => {
  const { pid, heard, said } = await listener(t)
  const other = { user: 'toy', pattern: 'another program' }
  for (const [host, step] of [
    [jail(t), stepOf({ runs: other })],
    [jail(t, 4711), stepOf()],
  ] as const) {
    write(host, pidFile, `${pid}\n`)
    t.match(await reload(host, step), { why: 'it is not running' })
  }
  const host = jail(t)
  write(host, pidFile, 'not a pid')
  t.match(await reload(host, stepOf()), { why: 'it is not running' })
  // A signal that was sent before would be heard by then.
  process.kill(pid, 'SIGUSR1')
  await heard('USR1')
  t.notMatch(said(), 'HUP')
})

t.test('a program that does not end in time has not done it', async t => {
  const { pid } = await listener(t)
  const host = jail(t)
  write(host, pidFile, String(pid))
  const reloadOf = (argv: readonly [string, ...string[]], within = 30) =>
    stepOf({ reload: { of: [], how: { argv }, proofs: [], within } })
  t.match(await reload(host, reloadOf(['sleep', '600'], 1)), {
    why: 'sleep 600: does not end within 1 s',
  })
  const loud = 'for n in $(seq 99); do echo $n; done; echo no >&2; exit 3'
  const failed = await reload(host, reloadOf(['sh', '-c', loud]))
  t.match(failed?.why, /: exit 3, no$/)
  t.equal(failed?.details.length, 20)
  const missing = reload(host, reloadOf(['no-such-program']))
  await t.rejects(missing, { message: /^no-such-program: / })
  t.equal(await reload(host, reloadOf(['true'])), undefined)
})
