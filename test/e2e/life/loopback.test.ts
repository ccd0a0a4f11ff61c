// A jail without any IPv4 address, as one with ip4=disable.

import t from 'tap'
import type { Test } from 'tap'
import { domain, settle, whyNot } from '../setting.ts'

const why = whyNot('bundle')

const test = async (t: Test): Promise<void> => {
  const { jail, cook } = await settle(t, 'bundle', { addresses: ['fd00::5'] })
  const argv = ['ip', 'address', 'del', '127.0.0.1/8', 'dev', 'lo']
  t.equal((await jail.exec(argv, { host: true })).code, 0)

  for (const NOSSL of ['no', 'yes']) {
    await t.test(`Synapse runs with IPv6 alone, NOSSL=${NOSSL}`, async t => {
      const parameters = { IP: 'fd00::5', NOSSL }
      const { code, stderr } = await cook([], parameters)
      t.equal(code, 0, stderr)
      const inner = NOSSL === 'no' ? '[::1]' : '[fd00::5]'
      const health = await jail.fetch(`http://${inner}:8008/health`)
      t.equal(health.status, 200)
      const name = `alice-${NOSSL}`
      const made = await jail.exec(['cook', 'user', name], { input: 'x-y-z\n' })
      t.equal(made.stdout, `@${name}:${domain}\n`, made.stderr)
      t.match((await cook([], parameters)).stdout, /nothing to do/)
    })
  }
}

await (why ? t.plan(0, why) : t.test('a jail with IPv6 alone', test))
