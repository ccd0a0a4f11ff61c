import { chmodSync, utimesSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { commander } from '../../../lib/host/processes/run.ts'
import type { Host } from '../../../lib/host/host.ts'
import { paths, startMark } from '../../../lib/contract/paths.ts'
import {
  start,
  untilOthersStarted,
  untilStarted,
} from '../../../lib/engine/steps/start.ts'
import { at, hostIn } from '../../small/host-in.ts'
import { timeOf } from '../../support/promptly.ts'
import { serviceStep, write } from '../../small/service-step.ts'

const mark = startMark('synapse')

/** A jail, and the command lines of its processes, which are root's. */
const jail = (
  t: Test,
  files: Record<string, string>,
  living: Record<number, string>,
) => {
  const alive = new Map(Object.entries(living))
  const host: Host = {
    ...hostIn(t, { '/var/run/x': '', ...files }),
    alive: pid => alive.has(String(pid)),
    processOf: pid => {
      const command = alive.get(String(pid))
      return command === undefined
        ? command
        : { pid, uid: 0, start: 1, command }
    },
  }
  return { host, alive }
}

const step = { ...serviceStep([]), timeout: 60 }

// As the command line of the start of a cook.
const starting = `sh -c { echo $$ >"$0"; } ${mark} synapse`

t.test('cook waits for an earlier start, and for its daemon', async t => {
  const { host, alive } = jail(t, { [mark]: '12\n' }, { 12: starting })
  let isDone = false
  const waiting = untilStarted(host, step).then(() => (isDone = true))
  await sleep(200)
  t.notOk(isDone, 'rc has not returned')
  host.remove(mark)
  await sleep(200)
  t.notOk(isDone, 'the daemon has not written its pid')
  alive.set('13', 'python')
  write(host, paths.pidFile, '13')
  await waiting
})

t.test('a start that failed is not waited for long', async t => {
  const { host, alive } = jail(t, { [mark]: '12\n' }, { 12: starting })
  const time = timeOf(() => untilStarted(host, step))
  alive.clear()
  t.ok((await time) < 4000)
})

t.test('a start that does not end is an error, however old it is', async t => {
  const { host } = jail(t, { [mark]: '12\n' }, { 12: starting })
  utimesSync(at(host, mark), 1, 1)
  await t.rejects(untilStarted(host, { ...step, timeout: 0.2 }), {
    exit: 69,
    message: /^synapse: a start is still under way .* pkill -KILL -s 12\b/,
  })
})

t.test('nor is a start by others that does not end made twice', async t => {
  const passwd = 'synapse:*:4712:4712::/:/bin/sh\n'
  const { host } = jail(t, { '/etc/passwd': passwd, [step.log]: '' }, {})
  const process = { pid: 12, uid: 4712, start: 1, command: 'homeserver' }
  const processesOf = () => [process]
  const runs = { user: 'synapse', pattern: 'homeserver' }
  const slow = { ...step, runs, timeout: 0.2 }
  await t.rejects(untilOthersStarted({ ...host, processesOf }, slow), {
    exit: 69,
    message: /^synapse: a start is still under way .* pkill -U synapse -f /,
  })
})

t.test('the stale mark of a start is ignored', async t => {
  for (const { host } of [
    jail(t, {}, {}),
    jail(t, { [mark]: '12\n' }, {}),
    jail(t, { [mark]: '12\n' }, { 12: 'another program' }),
    jail(t, { [mark]: '' }, { 0: starting }),
    jail(t, { [mark]: 'garbage' }, { 0: starting }),
  ]) {
    t.ok((await timeOf(() => untilStarted(host, step))) < 500)
  }
})

t.test('the mark exists as long as the start runs', async t => {
  const service =
    '#!/bin/sh\necho "$@"; cd "${0%/*}/../var/run" || exit\n' +
    'cat cook.synapse.start >seen; echo $PPID >parent; exit 7\n'
  const { host } = jail(t, { '/bin/service': service }, {})
  chmodSync(at(host, '/bin/service'), 0o755)
  const { run } = commander(`${at(host, '/bin')}:/bin:/usr/bin`)
  const { code, stdout } = await start({ ...host, run }, step)
  t.equal(code, 7)
  t.equal(stdout, 'synapse start\n')
  t.match(host.text('/var/run/seen'), /^\d+\n$/)
  t.equal(host.text('/var/run/seen'), host.text('/var/run/parent'))
  t.equal(host.look(mark), undefined)
})
