import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { hostAt } from '../lib/host.ts'
import { at, hostIn, machine } from './host-in.ts'
import { until } from './until.ts'

t.test('every path is one below the root', async t => {
  const host = hostIn(t, { '/etc/motd': 'Hello' })
  t.equal(host.text('/etc/motd'), 'Hello')
  host.append('/var/log/x', 'line\n')
  t.equal(readFileSync(at(host, '/var/log/x'), 'utf8'), 'line\n')
  t.equal(host.live, false)
  t.equal(host.text('/../../../../../etc/passwd'), undefined)
})

t.test('the root / is the running system', async t => {
  const host = hostAt('/', machine)
  t.equal(host.live, true)
  t.equal(host.text('/etc/passwd'), readFileSync('/etc/passwd', 'utf8'))
})

t.test('only root sets owners', async t => {
  for (const [euid, privileged] of [
    [0, true],
    [1001, false],
  ] as const) {
    t.equal(hostAt('/', { ...machine, euid }).privileged, privileged)
  }
})

t.test('it knows its own process, and which processes run', async t => {
  const alive = (pid: number) => pid === 7
  const host = hostAt('/', { ...machine, pid: 5, alive })
  t.equal(host.pid, 5)
  t.same([host.alive(7), host.alive(8)], [true, false])
})

t.test('a process that has ended does not run, even as a zombie', async t => {
  // Its parent becomes a program that does not wait for children.
  const script = 'cat <&3 >&3 & echo $!; exec sleep 600 3>&-'
  const parent = spawn('sh', ['-c', script], {
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  })
  t.teardown(() => parent.kill())
  const [line] = await once(parent.stdout, 'data')
  // Until then its parent is sh(1), which may wait.
  const name = `/proc/${parent.pid}/comm`
  await until(() => readFileSync(name, 'utf8') === 'sleep\n')
  parent.stdio[3]?.destroy()
  const host = hostAt('/', { ...machine, alive: pid => process.kill(pid, 0) })
  const ended = Number(line)
  await until(() => !host.alive(ended))
  t.ok(process.kill(ended, 0), 'kill(2) finds it')
  t.ok(host.alive(parent.pid!))
})
