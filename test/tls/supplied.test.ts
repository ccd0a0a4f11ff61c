// Certificates that a server cannot use, for each reason; and Synapse's Python
// agrees about those that it does not load.

import { createPrivateKey, X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'
import t from 'tap'
import { judgeCertificate } from '../../lib/tls/judge-certificate.ts'
import { loadingFault, purposeFault } from '../../lib/tls/loading.ts'
import { newCertificate, newCertificateKey } from '../../lib/tls/certificate.ts'
import type { Pair } from '../jail/authority.ts'
import { asAuthority, issued, type Wish } from '../small/issued.ts'
import { loads, opensslVersion, whyNoLoads } from '../support/openssl-loads.ts'

const names = { host: 'example.com', addresses: [] }
// Later than all that openssl makes here.
const now = new Date(Date.now() + 60 * 60 * 1000)

const said = ({ certificate, key }: Pair): string | undefined => {
  const read = createPrivateKey(key)
  const judged = judgeCertificate(certificate, read, names, now)
  return judged.state === 'fault'
    ? judged.message
    : judged.state === 'renew'
      ? judged.reason
      : undefined
}

const root = issued({ subject: 'Root', extensions: asAuthority })
const san = 'subjectAltName = DNS:example.com'
const made = (...extensions: string[]): Pair =>
  issued({ extensions: [san, ...extensions], by: root })
const other = (wish: Wish): Pair =>
  issued({ extensions: [san], by: root, ...wish })

const rsa = (bits: number) => ['-newkey', `rsa:${bits}`]
const curve = (name: string) => [
  ...['-newkey', 'ec', '-pkeyopt', `ec_paramgen_curve:${name}`],
]

const known = [
  'basicConstraints = critical, CA:false',
  'keyUsage = critical, digitalSignature, keyEncipherment',
  'extendedKeyUsage = critical, serverAuth, clientAuth',
  'certificatePolicies = critical, 1.2.3.4',
]

t.test('what a server can use is good', async t => {
  for (const [what, pair] of [
    ['plain', made()],
    ['with all usual extensions', made(...known)],
    ['for any purpose', made('extendedKeyUsage = anyExtendedKeyUsage')],
    ['with an unknown extension', made('1.2.3.4 = DER:0500')],
    ['RSA', other({ key: rsa(2048) })],
    ['RSASSA-PSS', other({ key: ['-newkey', 'rsa-pss'] })],
    ['P-384', other({ key: curve('P-384') })],
    ['Ed25519', other({ key: ['-newkey', 'ed25519'] })],
    ['SHA-384', other({ digest: 'sha384' })],
    ['self-signed', issued({ extensions: [san] })],
    ['self-signed by SHA-1', issued({ extensions: [san], digest: 'sha1' })],
  ] as const) {
    t.equal(said(pair), undefined, what)
  }
})

const sameKey = (pair: Pair, certificate: string): Pair => ({
  ...pair,
  certificate,
})
const whole = made()
const middle = issued({
  subject: 'Middle',
  extensions: asAuthority,
  by: root,
  digest: 'sha1',
})
const short = issued({
  subject: 'Short',
  extensions: asAuthority,
  by: root,
  key: rsa(1024),
})

/** What OpenSSL does not load. */
const unloadable = (): readonly (readonly [string, Pair, string])[] => [
  [
    'SHA-1',
    other({ digest: 'sha1' }),
    'is signed with SHA-1, which OpenSSL refuses',
  ],
  [
    'MD5',
    other({ digest: 'md5', by: issued({ key: rsa(2048) }) }),
    'is signed with MD5, which OpenSSL refuses',
  ],
  [
    'an intermediate signed with SHA-1',
    sameKey(whole, whole.certificate + middle.certificate),
    'contains a certificate (number 2) that is signed with SHA-1, which ' +
      'OpenSSL refuses',
  ],
  [
    'an intermediate with a short key',
    sameKey(whole, whole.certificate + short.certificate),
    'contains a certificate (number 2) that has an RSA key of 1024 bits: ' +
      'OpenSSL requires at least 2048',
  ],
  [
    'a small curve',
    other({ key: curve('prime192v1') }),
    'has a key on the curve prime192v1: OpenSSL requires at least 224 bits',
  ],
]

/** Extensions whose value is not encoded as its type. */
const misshapen = [
  // A length beyond the end, another type, and an element too many.
  '2.5.29.35 = DER:300480d00102',
  '2.5.29.35 = DER:310480020102',
  '2.5.29.35 = DER:3004840200010500',
  '2.5.29.14 = DER:03020102',
  '2.5.29.15 = DER:04020780',
  '2.5.29.19 = DER:04020102',
  '2.5.29.31 = DER:30020500',
  '2.5.29.37 = DER:30020500',
  '2.16.840.1.113730.1.1 = DER:04020640',
]

/** What OpenSSL loads, and others reject. */
const rejected = (): readonly (readonly [string, Pair, string])[] => [
  [
    'for clients',
    made('extendedKeyUsage = clientAuth'),
    'is not for TLS servers: its extended key usage is clientAuth, without ' +
      'serverAuth',
  ],
  [
    'for mail and something else',
    made('extendedKeyUsage = emailProtection, 1.2.3.4'),
    'is not for TLS servers: its extended key usage is emailProtection, ' +
      '1.2.3.4, without serverAuth',
  ],
  [
    'with an unknown critical extension',
    made('1.2.3.4 = critical, DER:0500'),
    'has a critical extension that other programs do not know (1.2.3.4), so ' +
      'they reject it',
  ],
  [
    'that may only encrypt',
    made('keyUsage = keyEncipherment'),
    'is not for TLS servers: its key usage lacks digitalSignature',
  ],
  [
    'that may only sign certificates',
    issued({ extensions: [san, ...asAuthority] }),
    'is not for TLS servers: its key usage lacks digitalSignature',
  ],
]

t.test('each reason against a certificate is given', async t => {
  for (const [what, pair, reason] of [...unloadable(), ...rejected()]) {
    t.equal(said(pair), reason, what)
  }
})

t.test('an extension of the wrong form is an error', async t => {
  for (const extension of misshapen) {
    t.equal(
      said(made(extension)),
      'is damaged: it is not encoded as RFC 5280 says',
      extension,
    )
  }
})

t.test('Python loads what is good', { skip: whyNoLoads() }, async t => {
  const errors = await loads(
    [made(...known), other({ key: rsa(2048) }), whole].map(pair => ({
      kind: 'server',
      crt: pair.certificate,
      key: pair.key,
    })),
  )
  t.same(errors, [[], [], []])
})

t.test('Python does not load the rest', { skip: whyNoLoads() }, async t => {
  const [major = 0, minor = 0] = opensslVersion()
  // OpenSSL 3.0 looks at signatures and extensions here too, 3.5 only as a
  // client.
  const looksAtAll = major === 3 && minor === 0
  const all = [
    ...unloadable().filter(
      ([, , reason]) => looksAtAll || !/is signed with/.test(reason),
    ),
    ...(looksAtAll ? misshapen : []).map(each => [each, made(each)] as const),
  ]
  const errors = await loads(
    all.map(([, { certificate: crt, key }]) => ({ kind: 'server', crt, key })),
  )
  for (const [n, [what]] of all.entries()) {
    t.ok((errors[n] ?? []).length > 0, what)
  }
})

t.test('the authorities of the world have no fault', async t => {
  t.ok(rootCertificates.length > 100)
  for (const pem of rootCertificates) {
    const certificate = new X509Certificate(pem)
    t.equal(loadingFault(certificate), undefined, certificate.subject)
    t.equal(purposeFault(certificate), undefined, certificate.subject)
  }
})

t.test('a key whose signatures are wrong is an error', async t => {
  const pair = made()
  const read = createPrivateKey(pair.key)
  const der = read.export({ type: 'pkcs8', format: 'der' })
  // The secret number is after its tag and length; the public part stays.
  der[der.indexOf('0420', 'hex') + 20]! ^= 1
  const key = createPrivateKey({ key: der, type: 'pkcs8', format: 'der' })
  t.ok(new X509Certificate(pair.certificate).checkPrivateKey(key))
  t.match(judgeCertificate(pair.certificate, key, names, now), {
    state: 'fault',
    message: /^has a damaged key beside it/,
  })
})

t.test("cook's own is renewed if it is damaged", async t => {
  const key = newCertificateKey()
  const pem = await newCertificate(key, names, now)
  const bytes = Buffer.from(pem.split('\n').slice(1, -2).join(''), 'base64')
  bytes[bytes.length - 1]! ^= 1
  const damaged = `-----BEGIN CERTIFICATE-----\n${bytes.toString(
    'base64',
  )}\n-----END CERTIFICATE-----\n`
  t.equal(said({ key, certificate: damaged }), 'is damaged')
})
