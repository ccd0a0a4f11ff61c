// Staying in the foreground: --block.

import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import type { Host } from '../../lib/host/host.ts'
import { paths } from '../../lib/contract/paths.ts'
import { objects, result, type Cooked } from '../small/cooking.ts'
import { live, type Live } from '../small/live.ts'
import { alive, remove, write } from '../small/service-step.ts'
import { until as soon } from '../support/until.ts'
import { calls } from '../small/small-jail.ts'

t.jobs = 4

const pid = (host: Host): number => Number(host.textFrom(paths.pidFile, 0))

/** A run in the foreground, and a function that sends it a signal. */
const blocking = (t: Test, { run }: Live, given = {}) => {
  let signal = (): void => undefined
  const ended = () => new Promise<void>(resolve => (signal = resolve))
  const argv = ['--block', '--json']
  let isOver = false
  let said = ''
  const heard = (text: string) => void (said += text)
  const end = run(argv, given, { ended }, heard).finally(() => (isOver = true))
  t.teardown(() => {
    signal()
    return end.then(() => undefined)
  })
  const until = (text: string) => soon(() => said.includes(text))
  return { end, signal: () => signal(), isOver: () => isOver, until }
}

const stopped = (t: Test, host: Host, { code, said }: Cooked): void => {
  t.equal(code, 0, said)
  t.match(said, 'stopped by a signal')
  // rc(8) would believe the pid file.
  t.notOk(calls(host).includes('synapse onestop'))
  t.notOk(alive(pid(host)))
}

t.test('it waits for a signal, and then stops the service', async t => {
  const jail = live(t)
  const { end, signal, isOver } = blocking(t, jail)
  await soon(() => jail.host.look(paths.record) !== undefined)
  await sleep(1500)
  t.equal(isOver(), false)
  t.ok(alive(pid(jail.host)))
  signal()
  const cooked = await end
  stopped(t, jail.host, cooked)
  t.match(result(cooked), { result: 'ok', exit: 0, healthy: true })
})

t.test('it also stays if there is nothing to do', async t => {
  const jail = live(t)
  await jail.run()
  const { end, signal, until } = blocking(t, jail)
  await until('nothing to do')
  signal()
  const cooked = await end
  stopped(t, jail.host, cooked)
  t.match(result(cooked), { changes: [], healthy: true })
})

t.test('a signal during the start takes effect at once', async t => {
  const jail = live(t)
  jail.mode('silent')
  const { end, signal } = blocking(t, jail, { STARTTIMEOUT: '3600' })
  await soon(() => alive(pid(jail.host)))
  await sleep(200)
  signal()
  const cooked = await end
  stopped(t, jail.host, cooked)
  t.notOk('healthy' in result(cooked), 'its health is unknown')
  t.equal(jail.host.look(paths.record), undefined)
  t.equal(jail.host.look(paths.lock), undefined)

  jail.mode('healthy')
  t.equal((await jail.run()).code, 0, 'the next run finishes the work')
})

t.test('after an early signal nothing is started', async t => {
  const jail = live(t)
  const { end, signal } = blocking(t, jail)
  signal()
  const cooked = await end
  t.equal(cooked.code, 0, cooked.said)
  t.same(calls(jail.host), [])
})

t.test('a signal ends the wait for a service that is not healthy', async t => {
  const jail = live(t)
  await jail.run()
  write(jail.host, '/programs/busy', '')
  const { end, signal } = blocking(t, jail)
  await sleep(800)
  signal()
  const cooked = await end
  stopped(t, jail.host, cooked)
  t.notOk('healthy' in result(cooked))
})

t.test('after a first start that fails it does not stay', async t => {
  for (const mode of ['die', 'busy']) {
    const jail = live(t)
    jail.mode(mode)
    const { end } = blocking(t, jail, { STARTTIMEOUT: '3' })
    const cooked = await end
    t.equal(cooked.code, 69)
    t.match(result(cooked), { exit: 69, healthy: false })
    remove(jail.host, '/programs')
  }
})

t.test('if a service dies it ends and reports the cause', async t => {
  const jail = live(t)
  const { end } = blocking(t, jail)
  await soon(() => jail.host.look(paths.record) !== undefined)
  await sleep(300)
  process.kill(pid(jail.host), 'SIGKILL')
  const cooked = await end
  t.equal(cooked.code, 69)
  t.match(cooked.said, 'synapse has died')
  t.match(result(cooked), { exit: 69, healthy: false })
  t.match(jail.host.text(paths.cookLog), 'error: synapse has died')
})

t.test('wrong parameters end it before any change', async t => {
  const jail = live(t)
  const { end } = blocking(t, jail, { SMTPPORT: 'x' })
  t.equal((await end).code, 78)
  t.same(calls(jail.host), [])
})

t.test('LOGTO=stdout shows what the service logs until its end', async t => {
  for (const [logTo, shown] of [
    ['stdout', true],
    ['file', false],
  ] as const) {
    const jail = live(t)
    write(jail.host, paths.synapseLog, 'INFO: of an earlier life\n')
    const { end, signal, until } = blocking(t, jail, { LOGTO: logTo })
    await soon(() => jail.host.look(paths.record) !== undefined)
    write(
      jail.host,
      paths.synapseLog,
      'INFO: of an earlier life\nINFO: "now"\n',
    )
    await (shown ? until('now') : sleep(600))
    signal()
    const cooked = await end
    stopped(t, jail.host, cooked)
    const lines = objects(cooked).filter(({ service }) => service === 'synapse')
    t.match(
      lines.map(({ level, message }) => [level, message]),
      shown
        ? [
            ['info', 'INFO: "now"'],
            ['info', 'INFO: stopped'],
          ]
        : [],
    )
    t.equal(lines.length, shown ? 2 : 0)
    t.notMatch(
      jail.host.text(paths.cookLog),
      'INFO',
      'cook.log contains none of it',
    )
  }
})
