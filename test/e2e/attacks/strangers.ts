// Another user listens where Synapse should, and passes everything on to it: so
// only the kernel can tell the two apart.

import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Test } from 'tap'
import { findSynapse } from '../../jail/synapse.ts'
import type { Jail } from '../../jail/jail.ts'
import { until } from '../../support/until.ts'
import {
  domain,
  environment,
  settle,
  type Kind,
  type Setting,
} from '../setting.ts'

const relay = `
import socket, sys, threading
host, port, real, to = sys.argv[1:]
server = socket.create_server((host, int(port)))
print('ready', flush=True)
def pump(source, sink, heard):
    while data := source.recv(65536):
        if heard:
            sys.stdout.buffer.write(data)
            sys.stdout.flush()
        sink.sendall(data)
    sink.shutdown(socket.SHUT_WR)
def serve(client):
    behind = socket.create_connection((real, int(to)))
    threading.Thread(target=pump, args=(behind, client, False)).start()
    pump(client, behind, True)
while True:
    client, _ = server.accept()
    threading.Thread(target=serve, args=(client,)).start()
`

/** What was sent to it, and its end. */
interface Stranger {
  heard: () => string
  leave: () => Promise<void>
}

/** The user nobody listens, and passes all on to a listener of Synapse. */
const stranger = async (
  jail: Jail,
  [host, port]: readonly [string, number],
  [real, to]: readonly [string, number],
): Promise<Stranger> => {
  const python = `/usr/local/bin/${findSynapse().python}`
  const args = [host, port, real, to].map(String)
  const child = jail.spawn([python, '-c', relay, ...args], { user: 'nobody' })
  let heard = ''
  child.stdout!.setEncoding('latin1').on('data', text => (heard += text))
  await until(() => heard.startsWith('ready\n'))
  return {
    heard: () => heard.slice('ready\n'.length),
    leave: async () => {
      const end = once(child, 'exit')
      child.kill('SIGKILL')
      await end
    },
  }
}

const asker =
  ({ jail }: Setting) =>
  (args: string[], input?: string) =>
    jail.exec(['cook', ...args], {
      env: environment(),
      ...(input === undefined ? {} : { input }),
    })

const overlay = '/mnt/matrixdata/homeserver.d/10-own.yaml'

/** The configuration is newer than the process. */
export const newer = async (t: Test, kind: Kind): Promise<void> => {
  const setting = await settle(t, kind)
  const { jail, cook } = setting
  const ask = asker(setting)
  const first = await cook()
  t.equal(first.code, 0, first.stderr)
  const path = jail.path(overlay)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(
    path,
    `listeners:
  - {type: http, port: 8009, bind_addresses: ["127.0.0.1"],
     resources: [{names: [client]}]}
`,
  )
  const staged = await cook(['--no-start'])
  t.equal(staged.code, 0, staged.stderr)
  const { heard, leave } = await stranger(
    jail,
    ['127.0.0.1', 8009],
    ['127.0.0.1', 8008],
  )
  const told = /127\.0\.0\.1:8009.*belongs to the user nobody, not to synapse/

  await t.test('no command trusts who listens there', async t => {
    for (const [args, input] of [
      [['user', 'al'], 's3cr3t\n'],
      [['token']],
      [['status']],
    ] as const) {
      const { code, stdout, stderr } = await ask([...args], input)
      t.equal(code, 69, args.join(' '))
      t.equal(stdout, '')
      t.match(stderr, told)
    }
    const { stderr } = await ask(['user', 'al'], 's3cr3t\n')
    t.match(stderr, /started before \S+homeserver\.yaml changed: run cook/)
  })

  await t.test('a start does not take its answer for health', async t => {
    const args = ['--admin-user', 'boss', '--start-timeout', '10']
    const { code, stderr } = await cook(args)
    t.equal(code, 69)
    t.match(stderr, /synapse (has died|is not healthy)/)
    t.equal(heard(), '')
  })

  await t.test('without the stranger all is well', async t => {
    await leave()
    const args = ['--admin-user', 'boss']
    const { code, stderr } = await cook(args)
    t.equal(code, 0, stderr)
    const made = await ask(['user', 'al'], 's3cr3t\n')
    t.equal(made.stdout, `@al:${domain}\n`, made.stderr)
    t.equal((await ask(['token'])).code, 0)
    t.equal((await ask(['status'])).code, 0)
  })
}

const everywhere = { IP: '0.0.0.0,::', NOSSL: 'yes' }

/** Synapse has one of its addresses, and a stranger the other. */
export const beside = async (t: Test, kind: Kind): Promise<void> => {
  const setting = await settle(t, kind)
  const { jail, cook } = setting
  const ask = asker(setting)
  // As on FreeBSD: a listener on :: is not one for IPv4.
  const only6 = ['sysctl', '-qw', 'net.ipv6.bindv6only=1']
  t.equal((await jail.exec(only6, { host: true })).code, 0)
  const first = await cook([], everywhere)
  t.equal(first.code, 0, first.stderr)
  t.equal((await ask(['token'])).code, 0)
  await jail.exec(['service', 'synapse', 'onestop'])
  const { heard } = await stranger(jail, ['127.0.0.1', 8008], ['::1', 8008])
  await jail.exec(['service', 'synapse', 'onestart'])
  await until(async () => {
    const health = await jail
      .fetch('http://[::1]:8008/health')
      .catch(() => undefined)
    return health?.status === 200
  })
  const told =
    /http:\/\/0\.0\.0\.0:8008\/health: belongs to the user nobody, not to syn/

  await t.test('cook and cook status say who has the address', async t => {
    const timeout = ['--start-timeout', '3']
    for (const args of [['status'], timeout, [...timeout, '--admin-user=bo']]) {
      const isRun = args !== undefined && args[0] !== 'status'
      const { code, stderr } = await cook(args, isRun ? everywhere : {})
      t.equal(code, 69, args.join(' '))
      t.match(stderr, told)
    }
  })

  await t.test('passwords and tokens go to Synapse alone', async t => {
    for (const [args, input] of [
      [['token']],
      [['user', 'al'], 's3cr3t\n'],
    ] as const) {
      const { code, stderr } = await ask([...args], input)
      t.equal(code, 0, stderr)
    }
    t.equal(heard(), '')
  })
}
