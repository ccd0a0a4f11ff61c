import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { paths } from '../../lib/contract/paths.ts'
import { result } from '../small/cooking.ts'
import { differences, picture } from '../e2e/setting.ts'
import { live } from '../small/live.ts'
import { remove, write } from '../small/service-step.ts'

t.jobs = 4

/** What the rc script names. */
const python = '/usr/local/bin/python3.11'

/** A jail whose Python is a program, although it says nothing. */
const settled = (t: Test) => {
  const all = live(t, { [python]: '#!/bin/sh\n' })
  chmodSync(join(all.host.root, python), 0o755)
  return all
}

t.test('a jail without a homeserver cannot be looked at', async t => {
  const { host, run } = live(t)
  const before = picture(host.root)
  const cooked = await run(['doctor', '--json'])
  t.equal(cooked.code, 69)
  t.match(cooked.said, 'this jail has no homeserver yet')
  t.same(differences(before, picture(host.root)), [])
})

t.test('parameters of the last run that are wrong are exit 69', async t => {
  const { host, run } = live(t)
  await run()
  write(host, paths.recordedParams, 'export "DOMAIN=example.com"\n')
  const { code, err } = await run(['doctor'])
  t.equal(code, 69)
  t.match(err, /^error: the parameters of the last run cannot be used/m)
  remove(host, paths.recordedParams)
  t.equal((await run(['doctor'])).code, 69)
})

t.test('a service that does not run is named first', async t => {
  const { host, run } = settled(t)
  await run()
  write(host, '/programs/busy', '')
  const before = picture(host.root)
  const { code, out, err } = await run(['doctor'], { DOMAIN: '' })
  t.equal(code, 1)
  t.match(out, /^service-down: synapse is not healthy.* Run cook: it/)
  t.equal(err, '')
  const quiet = await run(['doctor', '--quiet'])
  t.match(quiet.out, /^service-down: /, 'also with --quiet')
  const json = await run(['doctor', '--json'])
  t.match(result(json), {
    result: 'failed',
    exit: 1,
    findings: [{ finding: 'service-down', says: /synapse/, remedy: /cook/ }],
  })
  t.same(differences(before, picture(host.root)), [], 'nothing was changed')
})

t.test('on a terminal a finding is folded at 80 columns', async t => {
  const { host, run } = settled(t)
  await run()
  write(host, '/programs/busy', '')
  let out = ''
  const streams = {
    out: (text: string) => void (out += text),
    err: () => undefined,
    isFull: () => false,
    terminal: true,
  }
  await run(['doctor'], {}, { streams })
  const lines = out.trimEnd().split('\n')
  t.ok(lines.length > 1)
  t.ok(lines.every(line => line.length <= 80))
})

t.test('secrets in the cause of a failure are not shown', async t => {
  const { host, run } = settled(t)
  await run([], { MYSHAREDSECRET: 'a secret M4RK3R' })
  write(host, paths.synapseLog, 'ConfigError: not a secret M4RK3R\n')
  write(host, '/programs/busy', '')
  for (const argv of [['doctor'], ['doctor', '--json']]) {
    const { code, said } = await run(argv)
    t.equal(code, 1)
    t.match(said, /ConfigError: not «hidden»/)
    t.notMatch(said, 'M4RK3R')
  }
})

t.test('each day only what has changed is printed', async t => {
  const { host, run } = settled(t)
  await run()
  write(host, '/programs/busy', '')
  const daily = () => run(['doctor', '--daily', '--quiet'])
  const first = await daily()
  t.equal(first.code, 1)
  t.match(first.out, /^service-down: /)
  const second = await daily()
  t.equal(second.code, 1)
  t.equal(second.said, '')
  remove(host, '/programs/busy')
  t.match((await daily()).out, /^no longer wrong: .*service-down/)
  const wrong = await run(['doctor', '--daily', '--for', 'example.com'])
  t.equal(wrong.code, 64)
})
