import { chmodSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { paths } from '../../lib/contract/paths.ts'
import { result } from '../small/cooking.ts'
import { differences, picture } from '../e2e/setting.ts'
import { at } from '../small/host-in.ts'
import { live } from '../small/live.ts'
import { alive, remove, write } from '../small/service-step.ts'

t.jobs = 4

t.test('a jail in which cook never ran has no homeserver', async t => {
  const { host, run } = live(t)
  const before = picture(host.root)
  const cooked = await run(['status', '--json'], { DOMAIN: '' })
  t.equal(cooked.code, 69)
  t.match(cooked.said, 'this jail has no homeserver yet')
  t.match(result(cooked), { healthy: false, exit: 69 })
  t.same(differences(before, picture(host.root)), [])
})

t.test('a service that answers is healthy; no parameter is needed', async t => {
  const { host, run, address } = live(t)
  await run()
  const before = picture(host.root)
  const { code, out } = await run(['status'], { DOMAIN: '', IP: '' })
  t.equal(code, 0)
  t.equal(out, `synapse is healthy: http://${address}:8008\n`)
  const cooked = await run(['status', '--json'])
  t.match(result(cooked), { healthy: true, exit: 0 })
  t.same(differences(before, picture(host.root)), [], 'nothing was changed')
})

t.test('a service that has died or answers with an error is not', async t => {
  const { host, run } = live(t)
  await run()
  write(host, '/programs/busy', '')
  const busy = await run(['status'])
  t.equal(busy.code, 69)
  t.match(busy.err, /^error: synapse is not healthy after 5 s .*503/)
  const pid = Number(host.textFrom(paths.pidFile, 0))
  t.ok(pid > 1)
  pid > 1 && process.kill(pid, 'SIGKILL')
  while (alive(pid)) {
    await sleep(20)
  }
  const dead = await run(['status', '--json'])
  t.equal(dead.code, 69)
  t.match(dead.said, 'synapse has died')
  t.match(result(dead), { healthy: false, exit: 69 })
})

const sockstat = fileURLToPath(new URL('../jail/bin/sockstat', import.meta.url))

t.test('on FreeBSD sockstat says whose a listener is', async t => {
  const { host, run, address } = live(t, {}, 'freebsd')
  const path = '/programs/sockstat'
  const put = (end: string) => {
    const script = `#!/bin/sh\necho >>"$0.calls"\n'${sockstat}' "$@"${end}\n`
    write(host, path, script)
    chmodSync(at(host, path), 0o755)
  }
  put('')
  t.equal((await run()).code, 0)
  write(host, `${path}.calls`, '')
  const again = await run()
  t.match(again.said, 'nothing to do')
  t.match(host.text(`${path}.calls`), /^\n+$/)
  t.equal((await run(['status'])).code, 0)
  put(' | sed "s/^root /nobody /"')
  const foreign = await run(['status'])
  t.equal(foreign.code, 69)
  t.match(
    foreign.err,
    `http://${address}:8008/health: belongs to the user nobody, not to synapse`,
  )
  remove(host, path)
  const unknown = await run(['status'])
  t.equal(unknown.code, 69)
  t.match(unknown.err, '/health: sockstat: no such file or directory')
})

t.test('secrets in the log are not shown', async t => {
  const { host, run } = live(t)
  await run([], { MYSHAREDSECRET: 'a secret M4RK3R' })
  write(host, paths.synapseLog, 'ConfigError: not a secret M4RK3R\n')
  write(host, '/programs/busy', '')
  const { code, said } = await run(['status'])
  t.equal(code, 69)
  t.match(said, /ConfigError: not «hidden»$/m)
  t.notMatch(said, 'M4RK3R')
})
