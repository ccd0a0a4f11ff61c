// What a Synapse leaves that was killed. That it is removed as the user synapse
// is seen in a jail: test/e2e/edge/.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { paths } from '../../../../lib/contract/paths.ts'
import { hostAt } from '../../../../lib/host/host.ts'
import {
  leavings,
  lockOf,
} from '../../../../lib/services/synapse/diagnosis/leavings.ts'
import { diagnoseLock } from '../../../../lib/services/synapse/diagnosis/locked.ts'
import { hostIn, machine } from '../../../small/host-in.ts'
import { healthAt } from '../../../small/service-step.ts'
import { listeningAt, ok } from '../../../support/listening.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

/** A directory for a socket, and an su(1) that notes its arguments. */
const place = (t: Test, does = 'exec sh -c "$4"') => {
  const top = temporaryFolder(t, 'left')
  const [folder, programs] = [join(top, "it's"), join(top, 'programs')]
  mkdirSync(folder)
  mkdirSync(programs)
  const su = join(programs, 'su')
  writeFileSync(su, `#!/bin/sh\necho "$*" >>'${top}/calls'\n${does}\n`)
  chmodSync(su, 0o755)
  const socket = join(folder, 'x.sock')
  return {
    socket,
    host: hostAt('/', { ...machine, path: `${programs}:${machine.path}` }),
    checks: [healthAt({ socket })],
    names: () => readdirSync(folder),
    calls: () => readFileSync(join(top, 'calls'), 'utf8'),
  }
}

const script = `require('net').createServer().listen(process.argv[1], () =>
  process.kill(process.pid, 'SIGKILL'))`

/** As a process leaves it that was killed: Twisted's lock has its pid. */
const kill = async (socket: string, pid = process.pid): Promise<void> => {
  const child = spawn(process.execPath, ['-e', script, socket])
  await once(child, 'exit')
  symlinkSync(String(pid), lockOf(socket))
}

t.test('a socket and its lock are removed, the socket first', async t => {
  const { host, checks, socket, names, calls } = place(t)
  t.equal(await leavings.left(host, checks), undefined)
  await kill(socket)
  t.same(names(), ['x.sock', 'x.sock.lock'])
  t.equal(await leavings.left(host, checks), lockOf(socket))
  t.equal(await leavings.remove(host, checks), undefined)
  t.same(names(), [])
  t.match(calls(), /^-m synapse -c rm -f \S+x\.sock' && rm -f \S+\.lock'\n$/)
  t.equal(await leavings.left(host, checks), undefined)
})

t.test('a socket without its lock is removed too', async t => {
  const { host, checks, socket, names } = place(t)
  await kill(socket)
  host.remove(lockOf(socket))
  t.equal(await leavings.left(host, checks), socket)
  await leavings.remove(host, checks)
  t.same(names(), [])
})

t.test('a socket where somebody listens stays', async t => {
  const { host, checks, socket, names } = place(t)
  await listeningAt(t, socket, ok)
  symlinkSync('1', lockOf(socket))
  t.equal(await leavings.left(host, checks), undefined)
  t.same(names(), ['x.sock', 'x.sock.lock'])
})

t.test('what is no socket and no lock stays', async t => {
  const { host, checks, socket, names } = place(t)
  writeFileSync(socket, 'data')
  writeFileSync(lockOf(socket), 'data')
  t.equal(await leavings.left(host, checks), undefined)
  t.same(names(), ['x.sock', 'x.sock.lock'])
})

t.test('why it could not be removed', async t => {
  for (const [does, why] of [
    ['echo "rm: no: Operation not permitted" >&2; exit 1', /not permitted$/],
    ['exit 3', /^exit 3$/],
  ] as const) {
    const { host, checks, socket } = place(t, does)
    await kill(socket)
    t.match(await leavings.remove(host, checks), why)
  }
})

t.test('a lock that keeps Synapse from starting is named', async t => {
  const host = hostIn(t, {})
  const lock = lockOf(paths.synapseSocket)
  const lines = [
    "CannotListenError: Couldn't listen on any:b'/x': Cannot acquire lock.",
  ]
  t.equal(await diagnoseLock(host, lines), undefined, 'there is none')
  mkdirSync(join(host.root, paths.synapseSocketDir), { recursive: true })
  symlinkSync('1', join(host.root, lock))
  const found = { isCertain: true, message: new RegExp(`^${lock} was left by`) }
  t.match(await diagnoseLock(host, lines), found)
  const last = [
    'synapse.app._base.ListenerException: Failed to listen on unix socket ' +
      `(${paths.synapseSocket}) with the given listener config: …`,
  ]
  t.match(await diagnoseLock(host, last), found, 'the end of a long trace')
  const trace = [
    '  File "/x/site-packages/twisted/python/lockfile.py", line 182, in lock',
    'PermissionError: [Errno 1] Operation not permitted',
  ]
  t.match(await diagnoseLock(host, trace), found)
  t.equal(await diagnoseLock(host, ['ConfigError: x']), undefined)
})
