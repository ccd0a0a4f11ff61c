// A pid file is the word of the user who can write it. Real processes of real
// users: Synapse's own, and others whose pid may be in the file.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import t, { type Test } from 'tap'
import { exit } from '../../../lib/contract/failure.ts'
import { paths } from '../../../lib/contract/paths.ts'
import {
  isAlive,
  processesOf,
  strangerOf,
} from '../../../lib/engine/health/running.ts'
import { drift, mend, stop } from '../../../lib/engine/steps/service.ts'
import { untilOthersStarted } from '../../../lib/engine/steps/start.ts'
import { verify } from '../../../lib/engine/health/verify.ts'
import { watch } from '../../../lib/engine/health/watch.ts'
import { hostAt, type Host } from '../../../lib/host/host.ts'
import { synapseDaemon } from '../../../lib/services/synapse/daemon.ts'
import {
  accounts,
  hostIn,
  machine,
  synapse,
  whyNotRoot,
} from '../../small/host-in.ts'
import { rejection } from '../../small/refusal.ts'
import { alive, serviceStep, write } from '../../small/service-step.ts'
import { listening, ok } from '../../support/listening.ts'

const { runs } = synapseDaemon
const step = { ...serviceStep([]), runs: runs!, timeout: 600 }

const argv = ['-m', 'synapse.app.homeserver', '-c', paths.homeserver]

/** A process until the test is over; by default it looks like Synapse. */
const process = async (
  t: Test,
  uid: number,
  { args = argv, script = 'read x' } = {},
): Promise<{ pid: number; ended: Promise<unknown> }> => {
  const child = spawn(
    'setpriv',
    [
      ...[`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--'],
      ...['sh', '-c', `echo; ${script}`, ...args],
    ],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  )
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return { pid: child.pid!, ended: once(child, 'exit') }
}

const calls = '/calls'

/** A jail with a service(8) that only notes its calls. */
const jail = (t: Test, start = ''): Host => {
  const { root } = hostIn(t, {
    ...accounts,
    [paths.synapseLog]: '',
    [paths.pidFile]: '',
    '/var/run/x': '',
    '/bin/service': `#!/bin/sh\necho "$@" >>"\${0%/*}/../calls"\n${start}`,
  })
  chmodSync(`${root}/bin/service`, 0o755)
  const path = `${root}/bin:${machine.path}`
  return { ...hostAt(root, { ...machine, path, alive }), live: true }
}

const others = {
  'root, with such a command': (t: Test) => process(t, 0),
  'another user, with such a command': (t: Test) => process(t, 48200),
  'synapse, with another command': (t: Test) =>
    process(t, synapse.uid, { args: [paths.homeserver] }),
}

t.test("Synapse's process counts", { skip: whyNotRoot }, async t => {
  const host = jail(t)
  const { pid } = await process(t, synapse.uid)
  t.notOk(isAlive(host, step), 'without its pid file')
  write(host, paths.pidFile, `${pid}\n`)
  t.ok(isAlive(host, step))
  t.equal(strangerOf(host, step), undefined)
  t.equal(await drift(step, host), undefined)
  t.same(
    processesOf(host, runs!)
      .map(each => each.pid)
      .filter(each => each === pid),
    [pid],
  )
  t.equal(host.text(calls), undefined, 'rc(8) is not asked')
  const well = await listening(t, ok)
  const checked = { ...serviceStep([well]), runs: runs!, holders: ['root'] }
  t.same(await verify(host, checked, undefined), { healthy: true })
})

for (const [whose, make] of Object.entries(others)) {
  t.test(`not that of ${whose}`, { skip: whyNotRoot }, async t => {
    const host = jail(t)
    const { pid } = await make(t)
    write(host, paths.pidFile, `${pid}\n`)
    const told = new RegExp(
      `${paths.pidFile} names process ${pid}, which is another one \\(of .+\\)$`,
    )
    t.notOk(isAlive(host, step))
    t.match(strangerOf(host, step), told)
    t.same(await drift(step, host), { reason: 'is not running' })
    t.notOk(processesOf(host, runs!).some(each => each.pid === pid))
    const well = await listening(t, ok)
    t.match(
      await verify(host, { ...serviceStep([well]), runs: runs! }, undefined),
      {
        healthy: false,
        cause: told,
      },
    )
    t.notOk(await untilOthersStarted(host, step), 'it is not waited for')
    await stop(host, step)
    t.ok(alive(pid), 'it is not ended')
    t.equal(host.text(calls), undefined, 'nor does rc(8) read the file')
  })
}

t.test('the first process is not Synapse', { skip: whyNotRoot }, async t => {
  const host = jail(t)
  write(host, paths.pidFile, '1')
  const well = await listening(t, ok)
  const checked = { ...serviceStep([well]), runs: runs! }
  t.match(await verify(host, checked, undefined), {
    healthy: false,
    cause: /^synapse is not running: .* names process 1, .* \(of root\)$/,
  })
  const ending = new AbortController()
  t.teardown(() => ending.abort())
  const quick = { interval: 20, restart: 20 }
  t.match(
    await rejection(watch([step], { host }, ending.signal, quick)),
    { exit: exit.unavailable },
    'nor is it watched in its place',
  )
})

t.test('a process is stopped by a signal', { skip: whyNotRoot }, async t => {
  const host = jail(t)
  const { pid, ended } = await process(t, synapse.uid)
  write(host, paths.pidFile, `${pid}`)
  await stop(host, step)
  t.same(await ended, [null, 'SIGTERM'])
  t.notOk(alive(pid))
})

t.test('one that does not end is an error', { skip: whyNotRoot }, async t => {
  const host = jail(t)
  const script = "trap '' TERM; read x"
  const { pid } = await process(t, synapse.uid, { script })
  write(host, paths.pidFile, `${pid}`)
  t.match(await rejection(stop(host, { ...step, timeout: 0.2 })), {
    exit: exit.unavailable,
    message: `synapse does not stop: process ${pid} still runs 0.2 s after SIGTERM`,
  })
})

t.test(
  'a false pid file does not prevent a start',
  { skip: whyNotRoot },
  async t => {
    const host = jail(t, `[ ! -e "\${0%/*}/..${paths.pidFile}" ]`)
    const { pid } = await process(t, 0)
    write(host, paths.pidFile, `${pid}`)
    t.match(await mend(step, host), { failed: false })
    t.equal(host.text(calls), 'synapse start\n')
    t.ok(alive(pid))
    t.notOk(host.look(paths.pidFile))
  },
)
