// FEDERATIONCA: what Synapse trusts for other servers, errors and warnings.

import { X509Certificate } from 'node:crypto'
import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import {
  newCertificate,
  newCertificateKey,
} from '../../../../lib/tls/certificate.ts'
import type { Host } from '../../../../lib/host/host.ts'
import { recallFederationCa } from '../../../../lib/services/synapse/federation/recall-federation-ca.ts'
import { newReport, renderFault } from '../../../../lib/contract/report.ts'
import { hostIn } from '../../../small/host-in.ts'
import { makeAuthority } from '../../../jail/authority.ts'

const now = new Date()
const names = { host: 'peer.example.com', addresses: [] }
const key = newCertificateKey()
const peer = await newCertificate(key, names, now)
const ca = makeAuthority('CA')
const other = makeAuthority('Other')
const root = makeAuthority('Root')
const second = makeAuthority('Second')
const old = makeAuthority('Old', { from: -20, to: -10 })
const leaf = ca.sign('DNS:leaf.example.com')

const nameOf = (pem: string): string => {
  const { fingerprint256 } = new X509Certificate(pem)
  return `${fingerprint256.replaceAll(':', '').toLowerCase()}.pem`
}

const sorted = (...pems: string[]): string[] => pems.map(nameOf).sort()

/** A jail like on FreeBSD, with two authorities and a bundle of another. */
const freebsd = (
  t: Test,
  files: Readonly<Record<string, string | Buffer>>,
): Host => {
  const host = hostIn(t, {
    '/usr/share/certs/trusted/Root.pem': `Root\n${root.certificate}`,
    '/usr/share/certs/trusted/Second.pem': second.certificate,
    '/usr/share/certs/trusted/Old.pem': old.certificate,
    '/usr/local/share/certs/ca-root-nss.crt': `##\n${root.certificate}\n${other.certificate}`,
    '/etc/ssl/certs/README': other.certificate,
    ...files,
  })
  const link = (to: string, at: string) => symlinkSync(to, join(host.root, at))
  const trusted = '../../../usr/share/certs/trusted'
  link('/usr/local/share/certs/ca-root-nss.crt', 'etc/ssl/cert.pem')
  for (const [name, hash] of [
    ['Root', '01234567.0'],
    ['Second', '01234567.1'],
    ['Old', '89abcdef.0'],
    ['Gone', 'fedcba98.0'],
  ] as const) {
    link(`${trusted}/${name}.pem`, `etc/ssl/certs/${hash}`)
  }
  return host
}

const recalled = (
  host: Host,
  federationCa: string[] | undefined,
  federation: boolean | undefined = true,
) => {
  const report = newReport()
  const given = {
    ...(federationCa === undefined ? {} : { federationCa }),
    ...(federation === undefined ? {} : { federation }),
  }
  const files = recallFederationCa(host, given, now, report)
  return { files, told: report.faults.map(renderFault) }
}

t.test('given certificates precede those of the system', async t => {
  const host = freebsd(t, { '/root/peer.pem': peer })
  const { files, told } = recalled(host, ['/root/peer.pem'])
  t.same(told, [])
  t.same(
    files?.map(({ name }) => name),
    [
      nameOf(peer),
      ...sorted(
        root.certificate,
        second.certificate,
        old.certificate,
        other.certificate,
      ),
    ],
  )
  for (const { name, content } of files ?? []) {
    t.equal(nameOf(content), name)
    t.match(content, /^-----BEGIN [^#]*-----END CERTIFICATE-----\n$/)
  }
})

t.test('a certificate is there once, however often it is given', async t => {
  const crlf = peer.replaceAll('\n', '\r\n')
  const host = freebsd(t, {
    '/a.pem': `${peer}# again\n${crlf}`,
    '/b.pem': other.certificate + peer,
  })
  const { files } = recalled(host, ['/a.pem', '/b.pem'])
  t.equal(files?.length, 5)
  t.same(
    files?.slice(0, 2).map(({ name }) => name),
    [nameOf(peer), nameOf(other.certificate)],
  )
})

t.test('links are resolved inside the jail', async t => {
  const host = freebsd(t, { '/mnt/tls/peer.crt': peer })
  mkdirSync(dirname(join(host.root, 'root/x')), { recursive: true })
  symlinkSync('/mnt/tls/peer.crt', join(host.root, 'root/peer.pem'))
  const { files, told } = recalled(host, ['/root/peer.pem'])
  t.same(told, [])
  t.equal(files?.[0]?.name, nameOf(peer))
})

t.test('without FEDERATIONCA or federation nothing is done', async t => {
  const host = freebsd(t, {})
  t.same(recalled(host, undefined), { files: undefined, told: [] })
  t.same(recalled(host, ['/none'], false), { files: undefined, told: [] })
  t.equal(recalled(host, ['/none'], undefined).told.length, 1)
})

t.test('all errors in the files are reported', async t => {
  const host = freebsd(t, {
    '/words': 'hello\n',
    '/key': newCertificateKey(),
    '/both': peer + key,
    '/old': old.certificate,
    '/der': new X509Certificate(peer).raw,
    '/folder/x': '',
  })
  const paths = ['/none', '/words', '/key', '/both', '/old', '/der', '/folder']
  const day = new Date(now.getTime() - 10 * 86_400_000)
  const none = 'contains no PEM certificate'
  const privately = 'contains a private key: leave only certificates in it'
  t.same(recalled(host, paths).told, [
    'error: FEDERATIONCA: /none: no such file',
    `error: FEDERATIONCA: /words: ${none}`,
    `error: FEDERATIONCA: /key: ${privately}`,
    `error: FEDERATIONCA: /both: ${privately}`,
    'error: FEDERATIONCA: /old: certificate "CN=Old" expired on ' +
      day.toISOString().slice(0, 10),
    'error: FEDERATIONCA: /der: is a certificate in DER, not PEM: convert it ' +
      'with openssl x509 -inform DER -in FILE',
    'error: FEDERATIONCA: /folder: is a directory, not a file',
  ])
})

t.test('a certificate that OpenSSL would not trust is reported', async t => {
  const host = freebsd(t, {
    '/leaf': leaf.certificate,
    '/chain': leaf.certificate + ca.certificate,
    '/ca': ca.certificate,
  })
  const lost =
    'warning: FEDERATIONCA: the certificate "CN=server" is not trusted ' +
    'without that of "CN=CA", which signed it: add that too'
  t.same(recalled(host, ['/leaf']).told, [lost])
  t.same(recalled(host, ['/chain']).told, [])
  t.same(recalled(host, ['/leaf', '/ca']).told, [])
})

t.test('a system without root certificates is reported', async t => {
  const host = hostIn(t, { '/peer.pem': peer })
  const { files, told } = recalled(host, ['/peer.pem'])
  t.equal(files?.length, 1)
  t.same(told, [
    'warning: FEDERATIONCA: this system has no root certificates ' +
      '(/etc/ssl/cert.pem, /etc/ssl/certs): only servers with these ' +
      'certificates are trusted',
  ])
})
