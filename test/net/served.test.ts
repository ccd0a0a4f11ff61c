// Which certificate a listener of a service serves.

import { X509Certificate } from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { certificateFault } from '../../lib/net/served.ts'
import { newCertificate, newCertificateKey } from '../../lib/tls/certificate.ts'
import { ours, peerAt } from '../small/peer.ts'
import { free, listening, ok } from '../support/listening.ts'
import { stranger, whyNoStranger } from '../support/stranger.ts'

const address = '127.0.0.1'
const key = newCertificateKey()

const certificateFor = async (host: string): Promise<string> =>
  newCertificate(key, { host, addresses: [address] }, new Date())

const serving = async (t: Test, cert: string) => {
  const server = createServer({ key, cert }, ok)
  await new Promise<void>(done => server.listen(0, address, done))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  return { server, at: { address, port, tls: true } }
}

t.test('the certificate that is served is the one that counts', async t => {
  const [old, next] = [
    await certificateFor('old.example.com'),
    await certificateFor('new.example.com'),
  ]
  const [was, is] = [new X509Certificate(old), new X509Certificate(next)]
  const { server, at } = await serving(t, old)
  const peer = peerAt(at)
  t.equal(await certificateFault(peer, was), undefined)
  t.equal(
    await certificateFault(peer, is),
    `serves the certificate with the serial ${was.serialNumber}, not ` +
      is.serialNumber,
  )
  server.setSecureContext({ key, cert: next })
  t.equal(await certificateFault(peer, is), undefined)
  t.match(await certificateFault(peer, was), /^serves the certificate/)
})

t.test('the name that is asked for chooses the certificate', async t => {
  const [one, other] = [
    await certificateFor('one.example.com'),
    await certificateFor('other.example.com'),
  ]
  const { server, at } = await serving(t, one)
  server.addContext('other.example.com', { key, cert: other })
  const wanted = new X509Certificate(other)
  t.match(await certificateFault(peerAt(at), wanted), /^serves/)
  const named = certificateFault(peerAt(at), wanted, 'other.example.com')
  t.equal(await named, undefined)
})

t.test('who does not speak TLS serves no certificate', async t => {
  const wanted = new X509Certificate(await certificateFor('x.example.com'))
  const plain = { ...(await listening(t, ok)), tls: true }
  t.match(
    await certificateFault(peerAt(plain), wanted),
    /does not answer in TLS/,
  )
  t.match(await certificateFault(peerAt(await free()), wanted), 'ECONNREFUSED')
})

t.test(
  'what a stranger serves is no proof',
  { skip: whyNoStranger },
  async t => {
    const wanted = new X509Certificate(await certificateFor('x.example.com'))
    const { port, heard } = await stranger(t, { host: address, port: 0 })
    const peer = { ...ours(), at: { address, port, tls: true } }
    t.match(await certificateFault(peer, wanted), /belongs to the user nobody/)
    t.equal(heard(), '')
  },
)
