// When Synapse is started again, and when it is not.

import { once } from 'node:events'
import {
  appendFileSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { newCertificate } from '../../../lib/tls/certificate.ts'
import { until } from '../../support/until.ts'
import {
  address,
  domain,
  environment,
  pid,
  settle,
  type Kind,
} from '../setting.ts'

const tls = `/mnt/matrixdata/tls/${domain}`
const log = '/var/log/matrix-synapse/homeserver.log'

export const restarts = async (t: Test, kind: Kind): Promise<void> => {
  const { jail, cook } = await settle(t, kind)
  const homeservers = async (): Promise<string[]> => {
    const { stdout } = await jail.exec(['pgrep', '-f', 'synapse.app.homeser'])
    return stdout.split('\n').slice(0, -1)
  }

  /** A run that restarts it for a reason, and one that does nothing. */
  const restartsFor = async (t: Test, path: RegExp): Promise<void> => {
    const old = pid(jail)
    const { code, stdout, stderr } = await cook()
    t.equal(code, 0, stderr)
    t.match(stdout, path)
    t.not(pid(jail), old)
    t.match((await cook()).stdout, /nothing to do/)
    t.equal((await homeservers()).length, 1)
  }

  await t.test(
    'not for a new certificate, whatever the pid file says',
    async t => {
      const { code, stderr } = await cook()
      t.equal(code, 0, stderr)
      t.match((await cook()).stdout, /nothing to do/)
      const later = Date.now() / 1000 + 7200
      const pidFile = jail.path('/var/run/matrix-synapse/homeserver.pid')
      utimesSync(pidFile, later, later)
      t.match((await cook()).stdout, /nothing to do/)
      const key = readFileSync(jail.path(`${tls}.key`), 'utf8')
      const names = { host: domain, addresses: [address] }
      const next = await newCertificate(key, names, new Date())
      writeFileSync(jail.path(`${tls}.crt`), next)
      const old = pid(jail)
      t.match((await cook()).stdout, /synapse must read \S+\.crt again/)
      t.equal(pid(jail), old)
      t.match((await cook()).stdout, /nothing to do/)
    },
  )

  await t.test('a package that was installed again', async t => {
    const { stdout } = await jail.exec([
      'sh',
      '-c',
      'echo /usr/local/lib/python3.*/site-packages/' +
        'matrix_synapse-[0-9]*.dist-info/METADATA',
    ])
    const path = stdout.trim()
    await jail.exec(['cp', path, '/root/METADATA'])
    const { code, stderr } = await jail.exec([
      '/bin/mount',
      '--bind',
      '/root/METADATA',
      path,
    ])
    t.equal(code, 0, stderr)
    await restartsFor(t, /was started before \S+dist-info\/METADATA changed/)
  })

  await t.test('nothing after a start by others', async t => {
    const { code } = await jail.exec(['service', 'synapse', 'restart'])
    t.equal(code, 0)
    const old = pid(jail)
    t.match((await cook()).stdout, /nothing to do/)
    t.equal(pid(jail), old)
  })

  await t.test(
    'killed in the foreground: no old error is its cause',
    async t => {
      await jail.exec(['service', 'synapse', 'onestop'])
      appendFileSync(jail.path(log), 'OSError: of an earlier life\n')
      const child = jail.spawn(['cook', '--block'], {
        // So few lines that the old error is among those that are shown.
        env: environment({ LOGLEVEL: 'WARNING' }),
        input: '',
      })
      let said = ''
      child.stdout!.on('data', data => (said += data))
      child.stderr!.on('data', data => (said += data))
      await until(() => /is healthy after/.test(said))
      await sleep(1500)
      const ended = once(child, 'exit')
      await jail.exec(['pkill', '-KILL', '-f', 'synapse.app.homeser'])
      t.same(await ended, [69, null])
      t.match(said, /error: synapse has died$/m)
      const status = await jail.exec(['cook', 'status'])
      t.match(status.stderr, /error: synapse has died$/m)
    },
  )

  await t.test('nothing while another start is under way', async t => {
    const child = jail.spawn(['cook', '--start-timeout', '8'], {
      env: environment(),
      input: '',
    })
    const stopped = async (): Promise<boolean> =>
      (await jail.exec(['pkill', '-STOP', '-f', 'synapse.app.homeser']))
        .code === 0
    while (!(await stopped())) {
      await sleep(50)
    }
    const ended = once(child, 'exit')
    child.kill('SIGHUP')
    await ended
    const { length } = await homeservers()
    for (let tries = 0; tries < 2; tries++) {
      const { code, stderr } = await cook(['--start-timeout', '8'])
      t.equal(code, 69)
      t.match(stderr, /a start is still under way/)
      t.equal((await homeservers()).length, length)
    }
    await jail.exec(['pkill', '-CONT', '-f', 'synapse.app.homeser'])
    const { code, stderr } = await cook()
    t.equal(code, 0, stderr)
    t.equal((await homeservers()).length, 1)
    t.match((await cook()).stdout, /nothing to do/)
  })
}
