// A cable joins two jails, and is removed with them.

import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { connect } from './cable.ts'
import { makeJail, whyNoJail, type Jail } from './jail.ts'
import { findSynapse } from './synapse.ts'

const skip = whyNoJail()

const links = () => spawnSync('ip', ['-o', 'link'], { encoding: 'utf8' }).stdout

const serve = async (jail: Jail, address: string) => {
  const python = `/usr/local/bin/${findSynapse().python}`
  const at = ['--bind', address, '80', '--directory', '/etc']
  jail.spawn([python, '-m', 'http.server', ...at], { input: '' })
  const host = address.includes(':') ? `[${address}]` : address
  const url = `http://${host}/hosts`
  while (!(await jail.fetch(url).catch(() => false))) await sleep(50)
  return url
}

t.test('two jails reach each other, a third none', { skip }, async t => {
  const [one, two, three] = await Promise.all([
    makeJail({ addresses: ['10.9.0.1', 'fd00::1'] }),
    makeJail({ addresses: ['10.9.0.2', 'fd00::2', '10.9.0.3'] }),
    makeJail({ addresses: ['10.9.0.4', 'fd00::4'] }),
  ])
  t.teardown(() => Promise.all([one.destroy(), two.destroy(), three.destroy()]))
  await connect(one, two)
  for (const [address, to] of [
    ['10.9.0.2', one],
    ['10.9.0.3', one],
    ['fd00::2', one],
  ] as const) {
    const url = await serve(two, address)
    t.match(await to.fetch(url), { status: 200 }, `there to ${address}`)
    await t.rejects(three.fetch(url), /ENETUNREACH|EHOSTUNREACH/)
  }
  for (const address of ['10.9.0.1', 'fd00::1']) {
    const url = await serve(one, address)
    t.match(await two.fetch(url), { status: 200 }, `back to ${address}`)
  }
  const name = `to${one.pid}`
  const seen = async () => (await two.exec(['ip', '-o', 'link'])).stdout
  t.match(await seen(), name)
  t.notMatch(links(), name, 'nothing of it is outside')
  await one.destroy()
  // The kernel removes a network namespace some time after its last process.
  for (let n = 0; n < 100 && (await seen()).includes(name); n++) await sleep(50)
  t.notMatch(await seen(), name, 'it goes with one of them')
})
