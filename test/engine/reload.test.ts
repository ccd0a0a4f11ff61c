// A service that says how it reads files again is not restarted for them.

import { readFileSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { exit, Failure } from '../../lib/contract/failure.ts'
import { paths } from '../../lib/contract/paths.ts'
import type { Reload } from '../../lib/engine/steps/daemon.ts'
import type { Host } from '../../lib/host/host.ts'
import { at } from '../small/host-in.ts'
import { alive } from '../small/service-step.ts'
import { free } from '../support/listening.ts'
import { until } from '../support/until.ts'
import { cook, dyingAt, ready } from './toy/cook.ts'
import { places, type Toy } from './toy/index.ts'
import { callsOf } from './toy/jail.ts'

t.jobs = 4

const hup: Reload['how'] = { signal: 'HUP' }

// In seconds. On a busy machine a short time would prove nothing.
const ample = 60

const singing = (
  text: string,
  { how = hup, within = ample }: Partial<Reload> = {},
) => ({ songs: { text, how, within } })

const read = (host: Host, path: string): string =>
  readFileSync(at(host, path), 'utf8')

const pidOf = (host: Host): string => read(host, places.pidFile)

/** A toy that runs and sings. */
const running = async (t: Test, more: Partial<Toy> = {}) => {
  const { host, toy } = await ready(t, { ...singing('la'), ...more })
  t.equal((await cook(host, toy)).failure, undefined)
  await until(() => host.text(places.sung) === 'la')
  return { host, toy, pid: pidOf(host), calls: callsOf(host) }
}

const again = `service toy must read ${places.songs} again`

/** Whether the next run has nothing to do. */
const isSettled = async (t: Test, host: Host, toy: Toy) =>
  t.same((await cook(host, toy)).found, [], 'then nothing is left to do')

t.test('a file that it reads again by a signal restarts nothing', async t => {
  const { host, toy, pid, calls } = await running(t)
  const next = { ...toy, ...singing('lo') }
  const { found, failure, told } = await cook(host, next)
  t.equal(failure, undefined)
  t.same(found, [
    `file ${places.songs} has different content`,
    again,
    `file ${paths.record} has different content`,
  ])
  t.match(told, /toy uses \S+ after .* s, without a restart\n/)
  t.equal(read(host, places.sung), 'lo')
  t.equal(pidOf(host), pid)
  t.same(calls(), [])
  await isSettled(t, host, next)
  t.equal(pidOf(host), pid)
})

t.test('so does a program, as a user, and what it prints is shown', async t => {
  for (const [user, call] of [
    [undefined, 'tell a b'],
    ['nobody', "su -m nobody -c exec 'toy-tell' 'a b'"],
  ] as const) {
    const how = { argv: ['toy-tell', 'a b'] as const, ...(user && { user }) }
    const { host, toy, pid, calls } = await running(t, singing('la', { how }))
    const { failure } = await cook(host, { ...toy, ...singing('lo', { how }) })
    t.equal(failure, undefined)
    t.equal(pidOf(host), pid)
    t.equal(calls()[0], call)
    const rude = { ...toy, ...singing('rude', { how }) }
    const second = await cook(host, rude)
    t.equal(second.failure, undefined)
    t.match(
      second.told,
      'warning: toy was not reloaded: toy-tell a b: exit 4, line 1: rude: ' +
        'restarting it\n',
    )
    t.not(pidOf(host), pid)
    await isSettled(t, host, rude)
  }
})

t.test('what others change is read again too', async t => {
  const { host, toy, pid } = await running(t)
  const supplied = { ...toy, songs: { ...toy.songs!, text: 'li' } }
  writeFileSync(at(host, places.songs), 'li')
  const { found, failure } = await cook(host, supplied)
  t.equal(failure, undefined)
  t.equal(found[0], again)
  t.equal(read(host, places.sung), 'li')
  t.equal(pidOf(host), pid)
  await isSettled(t, host, supplied)
})

t.test('if another file has changed as well, it is restarted', async t => {
  const { host, toy, pid } = await running(t)
  const { port } = await free()
  const next = { ...toy, port, ...singing('lo') }
  const { found, failure, told } = await cook(host, next)
  t.equal(failure, undefined)
  t.ok(found.includes(`service toy must read ${places.config} again`))
  t.notMatch(told, 'reload')
  t.not(pidOf(host), pid)
  await isSettled(t, host, next)
})

t.test('a service that does not do so is restarted, with why', async t => {
  for (const [mode, why] of [
    ['deaf', /toy-sings: exit 1, .* differ.*, after 5 s: restarting it/],
    ['mortal', /its process \d+ has ended: restarting it/],
  ] as const) {
    const { host, toy, pid } = await running(t, { mode })
    const next = { ...toy, ...singing('lo', { within: 5 }) }
    const { failure, told } = await cook(host, next)
    t.equal(failure, undefined)
    t.match(told, /^warning: toy was not reloaded: /m)
    t.match(told, why)
    t.match(told, /toy is healthy after/)
    t.not(pidOf(host), pid)
    t.equal(read(host, places.sung), 'lo')
    await isSettled(t, host, next)
  }
})

t.test('one that is not healthy is restarted, not asked', async t => {
  const { host, toy, pid, calls } = await running(t)
  process.kill(Number(pid), 'SIGSTOP')
  t.teardown(() => alive(Number(pid)) && process.kill(Number(pid), 'SIGKILL'))
  const done = cook(host, { ...toy, ...singing('lo', { within: 1 }) })
  await until(() => calls().includes('toy onestop'))
  process.kill(Number(pid), 'SIGCONT')
  const { failure, told } = await done
  t.equal(failure, undefined)
  t.match(told, 'toy was not reloaded: it is not healthy: restarting it')
})

t.test('killed anywhere, the next run lets it read them', async t => {
  const { host, toy, pid } = await running(t)
  let [points, early] = [0, 0]
  for (let n = 1; ; n++) {
    const next = { ...toy, ...singing(`lo ${n}`) }
    const { dying, isDead } = dyingAt(host, n)
    await cook(dying, next).catch(() => undefined)
    if (!isDead()) break
    points++
    early += read(host, places.sung) === `lo ${n}` ? 0 : 1
    const { failure, told } = await cook(host, next)
    t.equal(failure, undefined, String(n))
    t.equal(read(host, places.sung), `lo ${n}`, `killed at ${n}`)
    t.equal(pidOf(host), pid, `killed at ${n}: ${told}`)
    await isSettled(t, host, next)
  }
  t.ok(early > 3 && points > early, `${early} of ${points} points`)
})

t.test('after a kill the old text does not pass for what it uses', async t => {
  const { host, toy, pid } = await running(t)
  const next = { ...toy, ...singing('lo') }
  // Killed when it has just been told.
  const killed: Host = {
    ...host,
    run: async (command, args, limit) => {
      if (command === 'toy-sings') throw new RangeError('killed')
      return host.run(command, args, limit)
    },
  }
  await t.rejects(cook(killed, next), RangeError)
  await until(() => read(host, places.sung) === 'lo')
  writeFileSync(at(host, places.songs), 'la')
  const { found, failure } = await cook(host, toy)
  t.equal(failure, undefined)
  t.ok(found.includes(again))
  t.equal(read(host, places.sung), 'la')
  t.equal(pidOf(host), pid)
})

t.test('if its check refuses the files, it goes on as it is', async t => {
  const { host, toy, pid } = await running(t)
  writeFileSync(at(host, places.songs), 'lo')
  const { failure } = await cook(host, {
    ...toy,
    ...singing('lo'),
    refusal: new Failure(exit.config, 'the songs are rude'),
  })
  t.match(failure, { exit: 69, message: 'the songs are rude' })
  t.equal(read(host, places.sung), 'la')
  t.equal(pidOf(host), pid)
})
