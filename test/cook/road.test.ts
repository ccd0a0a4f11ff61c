// Whole runs on the live system.

import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Host } from '../../lib/host/host.ts'
import { paths } from '../../lib/contract/paths.ts'
import { healthFault } from '../../lib/net/answer.ts'
import { peerAt } from '../small/peer.ts'
import { objects, result } from '../small/cooking.ts'
import { differences, picture } from '../e2e/setting.ts'
import { live } from '../small/live.ts'
import { alive, remove, write } from '../small/service-step.ts'
import { calls } from '../small/small-jail.ts'

t.jobs = 4

const alone = ['programs', 'var/log/matrix-synapse']
const pictureOf = ({ root }: Host) => picture(root, alone)

const pid = (host: Host): number => Number(host.text(paths.pidFile))

t.test('after a first boot there is nothing to do', async t => {
  const { host, address, run } = live(t)
  const first = await run(['--json'])
  t.equal(first.code, 0, first.said)
  const { healthy, changes } = result(first)
  t.equal(healthy, true)
  t.match(changes, [/is missing$/])
  const probe = { address, port: 8008, tls: false }
  t.equal(await healthFault(peerAt(probe)), undefined)
  t.same(calls(host), ['synapse start'])

  const before = pictureOf(host)
  const second = await run(['--json'])
  t.equal(second.code, 0)
  t.match(result(second), { healthy: true, changes: [] })
  t.match(objects(second).at(-2), { message: /^nothing to do/ })
  t.equal((await run(['plan'])).code, 0)
  t.same(differences(before, pictureOf(host)), [])
  t.same(calls(host), ['synapse start'])
})

t.test('a change restarts the service, and plan lists it before', async t => {
  const { host, run } = live(t)
  await run()
  const old = pid(host)
  const planned = await run(['plan', '--json'], { MAXUPLOAD: '3M' })
  t.equal(planned.code, 2)
  t.same(
    objects(planned).flatMap(({ step }) => step ?? []),
    [
      `file ${paths.homeserver}`,
      'service synapse',
      `file ${paths.recordedParams}`,
      `file ${paths.record}`,
    ],
  )
  const { code } = await run([], { MAXUPLOAD: '3M' })
  t.equal(code, 0)
  t.not(pid(host), old)
})

t.test('69: the cause and the end of the log are shown and logged', async t => {
  const { host, run, mode } = live(t)
  mode('die')
  const { code, err } = await run()
  t.equal(code, 69)
  const told = 'error: synapse has died: OSError: the configuration says so\n'
  t.match(err, told)
  t.match(err, '\n  OSError: the configuration says so\n')
  t.match(host.text(paths.cookLog), told)

  // The state is the same, with nothing else to mend.
  const again = await run(['--json'])
  t.equal(again.code, 69)
  t.match(result(again), { result: 'failed', exit: 69, healthy: false })
})

t.test('69: a service that does not answer is not restarted', async t => {
  const { host, run, mode } = live(t)
  mode('busy')
  const given = { STARTTIMEOUT: '1' }
  t.equal((await run([], given)).code, 69)
  const { code, err } = await run([], given)
  t.equal(code, 69)
  const told = /error: synapse is not healthy after 1 s \(.* answers 503\)$/gm
  t.equal(err.match(told)?.length, 1)
  t.equal(host.text(paths.cookLog)?.match(told)?.length, 2)
  t.same(calls(host), ['synapse start'])
})

t.test('69: without Synapse nothing is written', async t => {
  const { host, run } = live(t)
  remove(host, paths.synapseScript)
  const before = picture(host.root)
  const planned = await run(['plan'])
  t.equal(planned.code, 69)
  t.match(planned.err, /^error: Synapse is not installed: install its package/m)
  t.same(differences(before, picture(host.root)), [])

  const wrong = await run([], { SMTPPORT: 'x', IP: 'y' })
  t.equal(wrong.code, 78, 'errors in the parameters come first')
  t.match(wrong.err, /^error: IP .*$/m)
  t.match(wrong.err, /^error: SMTPPORT .*$/m)
  t.same(differences(before, picture(host.root)), [])

  t.equal((await run()).code, 69)
  t.equal(host.look(paths.homeserver), undefined)
})

t.test('--no-start does everything except for services', async t => {
  const { host, run } = live(t)
  const { code, out } = await run(['--no-start', '--json'])
  t.equal(code, 0)
  t.notMatch(out, /"healthy"/)
  t.match(host.text(paths.rcConf), 'synapse_enable="YES"')
  t.notOk(
    host.look('/programs/calls'),
    'service(8) is not even run for a status',
  )
  t.equal((await run(['plan', '--no-start'])).code, 0)
  t.equal((await run(['plan'])).code, 2)
})

t.test('an error that appears before the lock is reported', async t => {
  for (const form of [[], ['--json']]) {
    const { host, run } = live(t)
    const key = '/mnt/matrixdata/keys/form'
    // Under the lock the time is read before the keys are.
    const now = () => {
      if (host.look(paths.lock) !== undefined) {
        write(host, key, '')
      }
      return new Date()
    }
    const { code, said } = await run(form, {}, { now })
    t.equal(code, 78)
    t.equal(said.match(/form: is empty, but should contain/g)?.length, 1)
    t.match(said, 'nothing was changed')
    t.equal(host.look(paths.lock), undefined, 'the lock is released')
    t.equal(host.look(paths.homeserver), undefined)
    remove(host, key)
    t.equal((await run()).code, 0)
  }
})

t.test('a warning is reported once, although the stages run twice', async t => {
  const { run } = live(t)
  const { err } = await run([], { SMTPHOTS: 'x' })
  t.equal(err.match(/did you mean SMTPHOST/g)?.length, 1)
})

t.test('no program that cook starts gets a secret', async t => {
  const spy = '{ echo "$0 $*"; env; } >>"${0%/*}/heard"\n'
  const { host, run } = live(t)
  for (const program of ['service', 'su', 'sysctl']) {
    const path = join(host.root, '/programs', program)
    const text = host.text(`/programs/${program}`) ?? '#!/bin/sh\n'
    writeFileSync(path, text.replace('\n', `\n${spy}`))
    chmodSync(path, 0o755)
  }
  const given = {
    MYSHAREDSECRET: 'M4RK3R',
    SMTPHOST: 'mail.example.com',
    SMTPFROM: 'a@example.com',
    SMTPUSER: 'u',
    SMTPPASS: 'M4RK3R',
  }
  t.equal((await run([], given)).code, 0)
  t.equal((await run([], { ...given, MAXUPLOAD: '3M' })).code, 0)
  const heard = host.text('/programs/heard') ?? ''
  t.match(heard, /\/service synapse start$/m)
  t.match(heard, /\/su -m synapse -c /)
  t.notMatch(heard, 'M4RK3R')
  t.notMatch(heard, /^(DOMAIN|SMTPHOST)=/m)
})

t.test('a configuration with which it dies is rolled back', async t => {
  const { host, address, run, mode } = live(t)
  await run()
  const before = host.text(paths.homeserver)
  mode('die')
  const { code, err } = await run()
  t.equal(code, 69)
  t.match(err, /the previous files were restored, and it is healthy with them/)
  t.equal(host.text(paths.homeserver), before)
  t.equal(
    await healthFault(peerAt({ address, port: 8008, tls: false })),
    undefined,
  )
  mode('healthy')
  t.equal((await run()).code, 0)
  t.ok(alive(pid(host)))
})
