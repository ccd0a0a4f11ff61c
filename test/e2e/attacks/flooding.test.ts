// What the user synapse writes into its log, and who reads the output of cook
// or does not, neither fills the memory nor makes cook deaf.

import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { until } from '../../support/until.ts'
import { environment, settle, whyNot, type Setting } from '../setting.ts'

const log = '/var/log/matrix-synapse/homeserver.log'

/** cook in the foreground, with a service that is healthy. */
const start = async (t: Test, { jail }: Setting) => {
  const child = jail.spawn(['cook', '--block'], {
    env: environment({ LOGTO: 'stdout', NOSSL: 'yes' }),
    input: '',
  })
  t.teardown(() => child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  let said = ''
  child.stdout?.setEncoding('utf8').on('data', text => (said += text))
  child.stderr?.setEncoding('utf8').on('data', text => (said += text))
  const begun = /Z (synapse is healthy|nothing to do)/
  await until(() => begun.test(said))
  t.match(said, begun)
  const pid = (await jail.exec(['pgrep', '-f', 'cook --block$'])).stdout.trim()
  /** Of its memory, in MiB. */
  const peak = async (): Promise<number> => {
    const { stdout } = await jail.exec(['cat', `/proc/${pid}/status`])
    return Number(stdout.match(/VmHWM:\s*(\d+)/)?.[1]) / 1024
  }
  return { child, ended, said: () => said, peak }
}

for (const kind of ['bun', 'bundle'] as const) {
  t.test(kind, { skip: whyNot(kind) }, async t => {
    const setting = await settle(t, kind)
    const { jail } = setting
    const flood = async (script: string) =>
      t.match(await jail.exec(['sh', '-c', script], { user: 'synapse' }), {
        code: 0,
      })

    await t.test('a log of 3 GiB and a flood of lines', async t => {
      const { child, ended, said, peak } = await start(t, setting)
      await flood(`seq 2000000 >>${log}`)
      const dropped = /^warning: lines of the log of synapse not shown: \d+:/m
      await until(() => dropped.test(said()))
      t.match(said(), dropped)
      await flood(`truncate -s 3G ${log}`)
      await sleep(1000)
      const memory = await peak()
      t.ok(memory < 400, `${memory} MiB`)
      child.kill('SIGTERM')
      t.same(await ended, [0, null])
      t.match(said(), 'stopped by a signal')
      t.match(said(), / not shown: \d+, and \d+ bytes not read: /)
      await flood(`truncate -s 0 ${log}`)
    })

    await t.test('a reader that does not read', async t => {
      const { child, ended, peak } = await start(t, setting)
      child.stdout?.pause()
      for (let times = 0; times < 20; times++) {
        await flood(`seq 1000000 1100000 >>${log}`)
        await sleep(250)
      }
      const memory = await peak()
      t.ok(memory < 400, `${memory} MiB`)
      child.kill('SIGTERM')
      t.same(await ended, [0, null], 'it ends all the same')
      t.equal((await jail.exec(['pgrep', '-f', 'synapse[.]app'])).code, 1)
    })
  })
}
