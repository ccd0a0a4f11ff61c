// The blocking jail: cook is its first process, as under Nomad.

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Jail } from '../../jail/jail.ts'
import { given } from './boot.ts'
import { address, domain, pid, settle, type Kind } from '../setting.ts'

interface First {
  /** All its output. */
  said: () => string
  /** Waits for a line. */
  says: (line: RegExp) => Promise<void>
  /** Its exit code, after an optional signal. */
  end: (signal?: NodeJS.Signals) => Promise<unknown>
}

/** Like /tmp/tinirc: exports the parameters, then execs the command. */
const start = (
  t: Test,
  jail: Jail,
  more: Record<string, string>,
  command = 'cook --block',
): First => {
  const exported = Object.entries({ ...given, ...more })
    .map(([name, value]) => `export "${name}=${value}"; `)
    .join('')
  const script = `${exported}export _POT_IP=${address}; exec ${command}`
  const child: ChildProcess = jail.spawn(['/bin/sh', '-c', script], {
    env: { PATH: '/bin:/usr/bin:/usr/local/bin', HOME: '/' },
    input: '',
  })
  let said = ''
  child.stdout?.setEncoding('utf8').on('data', text => (said += text))
  child.stderr?.setEncoding('utf8').on('data', text => (said += text))
  const ended = once(child, 'close')
  t.teardown(() => child.kill('SIGKILL'))
  return {
    said: () => said,
    says: async line => {
      for (let tries = 0; tries < 1200 && !line.test(said); tries++) {
        await sleep(100)
      }
      t.match(said, line)
    },
    end: async signal => {
      signal && child.kill(signal)
      return (await ended)[0]
    },
  }
}

/** Zombies. */
const zombies = async (jail: Jail): Promise<string> =>
  (await jail.exec(['pgrep', '-l', '-r', 'Z'])).stdout

/** The id of unshare(1), whose child is process 1 of a container. */
const outer = async (jail: Jail): Promise<number> =>
  Number((await jail.exec(['pgrep', '-x', 'unshare'])).stdout)

const keyOf = (data: string): string =>
  readFileSync(`${data}/matrixdata/keys/${domain}.signing.key`, 'utf8')

/** @param token of a user from another jail with the same data set */
export const blocks = async (
  t: Test,
  kind: Kind,
  data: string,
  token: string,
): Promise<void> => {
  const { jail } = await settle(t, kind, { data })
  const key = keyOf(data)

  await t.test('cook image makes it a blocking image', async t => {
    const image = ['/usr/local/bin/cook', 'image', '--nomad']
    const { code, stderr } = await jail.exec(image, { env: {} })
    t.equal(code, 0, stderr)
    const { stdout } = await jail.exec(['sysrc', '-n', 'cook_enable'])
    t.equal(stdout, 'NO\n')
  })

  await t.test("over another jail's data set it is that server", async t => {
    const first = start(t, jail, { LOGTO: 'stdout' })
    await first.says(/info: synapse is healthy|Z synapse is healthy/)
    t.equal(keyOf(data), key)
    const url = 'http://127.0.0.1:8008/_matrix/client/v3/account/whoami'
    const headers = { authorization: `Bearer ${token}` }
    const { status, text } = await jail.fetch(url, { headers })
    t.equal(status, 200, text)
    t.match(JSON.parse(text), { user_id: `@alice:${domain}` })
    await first.says(/GET .*\/account\/whoami/)
    t.match(first.said(), / - synapse\.\S+ - \d+ - INFO - /, 'its own lines')
    t.equal(await zombies(jail), '')

    const old = pid(jail)
    t.equal(await first.end('SIGTERM'), 0, first.said())
    t.match(first.said(), 'stopped by a signal')
    t.equal((await jail.exec(['kill', '-0', old])).code, 1)
    const log = readFileSync(
      jail.path('/var/log/matrix-synapse/homeserver.log'),
      'utf8',
    )
    const shown = first.said().split('\n')
    t.same(
      log.split('\n').filter(line => !shown.includes(line)),
      [],
      'to its last line',
    )
  })

  await t.test('when Synapse dies the jail ends', async t => {
    const first = start(t, jail, {})
    await first.says(/Z synapse is healthy/)
    t.notMatch(first.said(), / - INFO - /, 'the log is for its file alone')
    await jail.exec(['kill', '-KILL', pid(jail)])
    t.equal(await first.end(), 69)
    t.match(first.said(), /error: synapse has died/)
    t.match(first.said(), /^ {2}.* - \d+ - INFO - /m, 'with its last lines')
    t.equal(await zombies(jail), '')
  })

  await t.test('process 1 of a container reaps its orphans', async t => {
    const alone = 'unshare --pid --fork --kill-child --mount-proc cook --block'
    const stopped = start(t, jail, {}, alone)
    await stopped.says(/Z synapse is healthy/)
    await jail.exec(['pkill', '-TERM', '-P', String(await outer(jail))])
    t.equal(await stopped.end(), 0, stopped.said())
    t.match(stopped.said(), 'stopped by a signal')

    const first = start(t, jail, {}, alone)
    await first.says(/Z synapse is healthy/)
    await jail.exec(['pkill', '-KILL', '-f', 'synapse.app.homeserver'])
    t.equal(await first.end(), 69)
    t.match(first.said(), /error: synapse has died/)
    t.equal(await zombies(jail), '')
  })
}
