// The test jail itself: it is isolated and leaves nothing behind.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { makeJail, whyNoJail } from './jail.ts'
import { findSynapse } from './synapse.ts'

const skip = whyNoJail()
const python = () => `/usr/local/bin/${findSynapse().python}`
const alive = (pid: number) => existsSync(`/proc/${pid}`)
const mounts = () => readFileSync('/proc/self/mounts', 'utf8')
const url = new URL('jail.ts', import.meta.url)

t.test('the jail leaves no process and no file behind', { skip }, async t => {
  const jail = await makeJail()
  await jail.exec(['/bin/sh', '-c', 'sleep 1000 & nohup setsid sleep 1000 &'])
  t.ok(alive(jail.pid) && existsSync(jail.root))
  t.notMatch(mounts(), jail.root, 'its mounts are seen inside only')
  const running = jail.spawn(['/bin/sh', '-c', 'echo; exec sleep 1000'])
  await once(running.stdout!, 'data')
  const ended = once(running, 'exit')
  await jail.destroy()
  t.same(await ended, [null, 'SIGKILL'])
  t.notOk(alive(jail.pid), 'init has ended')
  t.notOk(existsSync(dirname(jail.root)), 'the files are gone')
  await t.resolves(jail.destroy(), 'destroying a second time is OK')
})

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  t.test(`a test that dies of ${signal} leaves nothing`, { skip }, async t => {
    const child = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `
      const { makeJail } = await import('${url}')
      const jail = await makeJail()
      jail.spawn(['/bin/sleep', '1000'])
      console.log(JSON.stringify(jail))
      setInterval(() => {}, 1000)
    `,
    ])
    const [line] = await once(child.stdout, 'data')
    const { pid, root } = JSON.parse(String(line))
    t.ok(alive(pid) && existsSync(root))
    child.kill(signal)
    for (let n = 0; n < 50 && existsSync(dirname(root)); n++) await sleep(100)
    t.notOk(alive(pid))
    t.notOk(existsSync(dirname(root)))
  })
}

t.test('a forgotten jail does not keep Node', { skip }, async t => {
  const child = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `
    const { makeJail } = await import('${url}')
    await makeJail()
  `,
  ])
  t.same(await once(child, 'exit'), [0, null])
})

t.test('two jails do not see each other', { skip }, async t => {
  const [one, two] = await Promise.all([makeJail(), makeJail()])
  t.teardown(() => Promise.all([one.destroy(), two.destroy()]))
  const serve = one.spawn([python(), '-m', 'http.server', '8008'])
  const kept = () => one.fetch('http://10.192.0.5:8008/')
  while (!(await kept().catch(() => false))) await sleep(50)
  await t.rejects(two.fetch('http://10.192.0.5:8008/'), /ECONNREFUSED/)
  t.ok(serve.kill('SIGINT'), 'kill reaches the command itself')
  await once(serve, 'exit')
  writeFileSync(one.path('/tmp/x'), 'x')
  t.equal((await two.exec(['/bin/ls', '/tmp'])).stdout, '')
})

t.test('commands run as requested', { skip }, async t => {
  const jail = await makeJail({ addresses: ['10.1.2.3', 'fd00::5'] })
  t.teardown(jail.destroy)
  const sh = (script: string, options = {}) =>
    jail.exec(['/bin/sh', '-c', script], options)

  t.match(await sh('id -un; id -gn'), { code: 0, stdout: 'root\nwheel\n' })
  t.match(await sh('id -un', { user: 'synapse' }), { stdout: 'synapse\n' })
  t.match(await sh('echo no >&2; exit 3'), { code: 3, stderr: 'no\n' })
  t.match(await sh('kill -9 $$'), { code: -1, signal: 'SIGKILL' })
  t.match(await sh('cat', { input: 'in' }), { stdout: 'in' })
  t.match(await sh('sleep 9', { timeout: 200 }), { signal: 'SIGKILL' })
  t.match(await jail.exec(['/usr/bin/env'], { env: { A: 'b' } }), {
    stdout: /^A=b\n$/,
  })
  t.match(await sh('ip address'), { stdout: /10\.1\.2\.3[^]*fd00::5/ })
  t.match(
    await sh('echo 1 > /proc/sys/kernel/panic'),
    { code: 2 },
    'the host cannot be set from inside',
  )
  t.match(await sh('touch /usr/bin/x'), { code: 1, stderr: /Read-only/ })
  t.match(await sh('su -m synapse -c "id -un; echo $HOME"'), {
    stdout: 'synapse\n/root\n',
  })
  t.match(await sh('su synapse -c true'), { code: 1 }, 'its shell is nologin')

  // Orphans become children of init, which must reap them.
  await sh('for n in 1 2 3; do (sleep 0.1 &) done')
  await sleep(300)
  t.notMatch(await sh('ps ax -o stat'), { stdout: /^Z/m })
})

t.test('a bundle finds Node in the jail', { skip }, async t => {
  const cook = `${t.testdir({ 'cook.cjs': '' })}/cook.cjs`
  writeFileSync(cook, '#!/usr/bin/env node\nconsole.log(process.version)\n')
  chmodSync(cook, 0o755)
  const jail = await makeJail({ cook })
  t.teardown(jail.destroy)
  t.match(await jail.exec(['/usr/local/bin/cook']), {
    code: 0,
    stdout: `${process.version}\n`,
  })
})

t.test('a jail has the requested shape', { skip }, async t => {
  const data = t.testdir({ old: 'kept' })
  const cook = `${t.testdirName}/cook`
  writeFileSync(cook, '#!/bin/sh\ncat /mnt/old\necho new >/mnt/new\n', {
    mode: 0o755,
  })
  const jail = await makeJail({
    cook,
    data,
    environment: { DOMAIN: 'example.com', A: 'say "$x" \\' },
    ipv6: false,
    vnet: false,
  })
  t.equal((await jail.exec(['cook'])).stdout, 'kept')
  t.equal(readFileSync(jail.path('/mnt/new'), 'utf8'), 'new\n')
  t.match(
    readFileSync(jail.path('/tmp/environment.sh'), 'utf8'),
    'export "DOMAIN=example.com"\nexport "A=say \\"$x\\" \\"\n' +
      'export _POT_NAME=matrix\nexport _POT_IP=10.192.0.5\n',
  )
  t.match(await jail.exec(['sysctl', '-n', 'security.jail.vnet']), {
    code: 0,
    stdout: '0\n',
  })
  const bind = 'import socket; socket.socket(10).bind(("::1", 80))'
  t.match(await jail.exec([python(), '-c', bind]), {
    code: 1,
    stderr: /Cannot assign requested address/,
  })
  await jail.destroy()
  t.equal(readFileSync(`${data}/new`, 'utf8'), 'new\n', 'the data outlives it')
})
