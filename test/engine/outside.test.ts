// When servers outside are probed, and when that is reported.

import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { hostAt } from '../../lib/host/host.ts'
import { mailOutside } from '../../lib/services/synapse/mail/mail.ts'
import { paths } from '../../lib/contract/paths.ts'
import { asked } from '../small/asking.ts'
import { cook } from '../small/cooking.ts'
import { required } from '../small/given.ts'
import { hostIn, machine } from '../small/host-in.ts'
import { listeningRaw } from '../support/listening.ts'
import { live } from '../small/live.ts'
import { write } from '../small/service-step.ts'
import { timeOf } from '../support/promptly.ts'

t.jobs = 4

/** A server that hangs up, or stays silent, and counts connections. */
const server = async (t: Test, isSilent = false) => {
  let count = 0
  const { address, port } = await listeningRaw(t, socket => {
    count++
    isSilent || socket.end()
  })
  const given = {
    SMTPHOST: address,
    SMTPPORT: String(port),
    SMTPFROM: 'a@example.com',
  }
  return { given, count: () => count }
}

const warning = /^warning: the mail server .*$/gm

t.test('a start probes once, and nothing else does', async t => {
  const { run, host } = live(t)
  const { given, count } = await server(t)
  const first = await run([], given)
  t.equal(first.code, 0)
  t.match(first.err.match(warning), [/ closes the connection$/])
  t.match(first.said, /synapse is healthy[^]*warning: the mail server/)
  t.match(host.text(paths.cookLog), /warning: the mail server/)
  t.equal(count(), 1)

  for (const args of [[], ['plan'], ['check']]) {
    t.equal((await run(args, given)).err.match(warning), null)
  }
  t.equal(count(), 1, 'nothing to do')
  const more = { ...given, MAXUPLOAD: '3M' }
  t.equal((await run(['--no-start'], more)).code, 0)
  t.equal((await run(['plan'], more)).code, 2)
  t.equal(count(), 1, 'nothing started')
  t.match((await run([], more)).err.match(warning), { length: 1 })
  t.equal(count(), 2, 'restarted')
})

t.test('below --root no server is probed', async t => {
  const { host } = live(t)
  const { given, count } = await server(t)
  const environment = { ...required, ...given }
  const { code, err } = await cook(['--root', host.root], { environment })
  t.equal(code, 0, err)
  t.ok(hostAt(host.root, machine).look(paths.homeserver))
  t.equal(count(), 0)
})

t.test('a server in local overrides is not probed', async t => {
  const { run, host } = live(t)
  const { given, count } = await server(t)
  write(host, `${paths.overlayDir}/mail.yaml`, 'email: {}\n')
  const { code, err } = await run([], given)
  t.equal(code, 0)
  t.equal(err.match(warning), null)
  t.equal(count(), 0)
})

t.test('after a rollback no warning is reported', async t => {
  const { run, mode } = live(t)
  const { given } = await server(t)
  await run()
  mode('die')
  const { code, err } = await run([], given)
  t.equal(code, 69)
  t.match(err, /the previous files were restored, and it is healthy/)
  t.equal(err.match(warning), null)
})

t.test('a silent server delays a run by at most a few seconds', async t => {
  const { run } = live(t)
  const { given } = await server(t, true)
  const { code, said } = await run(['--json'], given)
  t.equal(code, 0)
  t.match(
    said,
    /is healthy after[^]*sends nothing within 3 s[^]*"healthy":true/,
  )
})

t.test('a signal does not wait for a silent server', async t => {
  const { run } = live(t)
  const { given } = await server(t, true)
  let signal = (): void => undefined
  const ended = () => new Promise<void>(resolve => (signal = resolve))
  let waiting = Promise.resolve(NaN)
  const over = run(['--block'], given, {
    ended,
    streams: {
      terminal: false,
      isFull: () => false,
      err: () => undefined,
      out: text => {
        if (text.includes('is healthy after')) {
          signal()
          waiting = timeOf(() => over)
        }
      },
    },
  })
  t.equal((await over).code, 0)
  t.ok((await waiting) < 1500, 'the server would have had longer')
})

t.test('a silent name server delays a run by a few seconds', async t => {
  const { root } = hostIn(t, { '/programs/getent': '#!/bin/sh\nsleep 60\n' })
  const programs = join(root, 'programs')
  chmodSync(join(programs, 'getent'), 0o755)
  writeFileSync(join(programs, 'calls'), '')
  const path = `${programs}:${machine.path}`
  const { told, seconds } = await asked(hostAt(root, { ...machine, path }), [
    mailOutside({
      ...{ host: 'mail.example.com', port: 25, tls: 'none' },
      login: undefined,
      envelope: { from: 'a@example.com', to: 'b@example.com' },
    }),
  ])
  t.match(
    told,
    /mail\.example\.com:25 has a host name that (does not|cannot) .*\n$/,
  )
  t.ok(seconds < 6, `${seconds} s`)
})
