import t from 'tap'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PeerCertificate } from 'node:tls'
import type * as connection from '../../lib/net/connection.ts'
import * as dns from 'node:dns/promises'
import { connect, identityFault } from '../../lib/net/connection.ts'
import { startTime } from '../../lib/net/time.ts'
import type { Host } from '../../lib/host/host.ts'
import { hostIn } from '../small/host-in.ts'
import { listeningRaw } from '../support/listening.ts'

const certificate = (CN: string, subjectaltname?: string) =>
  ({ subject: { CN }, subjectaltname }) as unknown as PeerCertificate

t.test('a certificate must name the server', async t => {
  const name = 'mail.example.com'
  for (const [names, isRight] of [
    ['DNS:mail.example.com', true],
    ['DNS:MAIL.example.com', true],
    ['DNS:example.com, DNS:*.example.com', true],
    ['DNS:*.mail.example.com, DNS:*.com', false],
    ['DNS:example.com, IP Address:10.0.0.1', false],
  ] as const) {
    for (const takesCommonName of [true, false]) {
      const its = certificate('mail.example.com', names)
      const fault = identityFault({ name, takesCommonName }, its)
      t.equal(fault === undefined, isRight, names)
    }
  }
})

t.test('an address must be in the certificate as an address', async t => {
  const judged = (names: string) =>
    identityFault(
      { name: 'fd00::6', takesCommonName: false },
      certificate('x', names),
    )
  t.equal(judged('IP Address:FD00:0:0:0:0:0:0:6'), undefined)
  t.match(judged('DNS:fd00.example'), {
    message: 'sends a certificate for fd00.example, not for fd00::6',
  })
})

t.test('a common name counts for LDAP alone', async t => {
  const its = certificate('ldap.example.com')
  const name = 'ldap.example.com'
  t.equal(identityFault({ name, takesCommonName: true }, its), undefined)
  t.match(identityFault({ name, takesCommonName: false }, its), {
    message:
      'sends a certificate without a subjectAltName: its common name does ' +
      'not count',
  })
})

t.test('names are shown without control characters', async t => {
  const names = `DNS:\x1b[31m${'x'.repeat(500)}`
  const fault = identityFault(
    { name: 'a.example', takesCommonName: false },
    certificate('x', names),
  )
  t.match(fault?.message, /for \\u001b\[31mx+, not for a\.example$/)
  t.ok((fault?.message.length ?? 999) < 300)
})

t.test('the message at the time limit is the last one set', async t => {
  const time = startTime(20, new AbortController().signal)
  time.waitingFor('does nothing')
  time.waitingFor('does little', ': too little')
  const message = 'does little within 0.02 s: too little'
  await t.rejects(time.over, { message })
  t.equal(time.signal.aborted, true)
})

t.test('an ended time limit is over at once, without a message', async t => {
  const ending = new AbortController()
  for (const end of [
    (time: { end: () => void }) => time.end(),
    () => ending.abort(),
  ]) {
    const time = startTime(60_000, ending.signal)
    end(time)
    await t.rejects(time.over, { message: 'was not waited for' })
  }
})

t.test('a name is not looked up if getent(1) takes too long', async t => {
  const { port } = await listeningRaw(t, () => t.fail('it was'))
  const late = { code: undefined, stdout: '', stderr: '', late: true }
  const host: Host = { ...hostIn(t, {}), run: async () => late }
  const time = startTime(60_000, new AbortController().signal)
  t.teardown(time.end)
  await t.rejects(connect('localhost', port, host, time), {
    message: /^has a host name that cannot be resolved/,
  })
})

t.test('one address that answers is enough', async t => {
  let count = 0
  const { address, port } = await listeningRaw(t, () => void count++)
  const lookup = async () => [{ address }, { address }]
  const { connect } = await t.mockImport<typeof connection>(
    '../../lib/net/connection.ts',
    { 'node:dns/promises': { ...dns, lookup } },
  )
  const time = startTime(60_000, new AbortController().signal)
  t.teardown(time.end)
  await connect('mail.example.com', port, hostIn(t, {}), time)
  // Another address would be tried after 300 ms.
  await sleep(500)
  t.equal(count, 1)
})
