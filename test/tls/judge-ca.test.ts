import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import t from 'tap'
import { detailsOf } from '../../lib/tls/extensions.ts'
import { judgeCa } from '../../lib/tls/judge-ca.ts'
import { otherForm } from '../../lib/tls/other-forms.ts'
import { asAuthority, issued } from '../small/issued.ts'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ca = issued({ subject: 'CA', extensions: asAuthority }).certificate
// Later than all that openssl makes here.
const now = new Date(Date.now() + 60 * 60 * 1000)
const may = 'basicConstraints = critical, CA:true'

const useless: readonly (readonly [string, string, string])[] = [
  [
    'that may not sign',
    issued({ subject: 'X', extensions: [may, 'keyUsage = cRLSign'] })
      .certificate,
    'certificate "CN=X" may not sign others: its key usage lacks keyCertSign',
  ],
  [
    'with an unknown critical extension',
    issued({ subject: 'X', extensions: [may, '1.2.3.4 = critical, DER:0500'] })
      .certificate,
    'certificate "CN=X" has a critical extension that other programs do not ' +
      'know (1.2.3.4), so they reject it',
  ],
  [
    'for clients alone',
    issued({ subject: 'X', extensions: [may, 'extendedKeyUsage = clientAuth'] })
      .certificate,
    'certificate "CN=X" is not for TLS servers: its extended key usage is ' +
      'clientAuth, without serverAuth',
  ],
  [
    'with a short key',
    issued({ subject: 'X', extensions: [may], key: ['-newkey', 'rsa:1024'] })
      .certificate,
    'certificate "CN=X" has an RSA key of 1024 bits: OpenSSL requires at ' +
      'least 2048',
  ],
]

t.test('an authority that makes nothing trusted is an error', async t => {
  for (const [what, pem, said] of useless) {
    t.same(judgeCa(pem, now), { pem, faults: [said], warnings: [] }, what)
    // Beside another it is a warning, as one that has expired.
    const both = judgeCa(pem + ca, now)
    t.same(both, { pem: pem + ca, faults: [], warnings: [said] }, what)
  }
})

t.test('OpenSSL would not read it: an error', async t => {
  for (const [pem, said] of [
    [` ${ca}`, /^contains "-----BEGIN" in line 1 with something before it/],
    [ca.replace('\n', '\n\n'), /^is not a PEM certificate$/],
    [
      ca + ca.replace('\n', '\n\n'),
      /^contains an invalid certificate \(number 2/,
    ],
  ] as const) {
    const { pem: used, faults } = judgeCa(pem, now)
    t.equal(used, '')
    t.match(faults[0], said)
  }
})

t.test('a certificate whose name is no text is an error', async t => {
  const der = Buffer.from(new X509Certificate(ca).raw)
  // Bun parses this, OpenSSL does not.
  der[der.indexOf('CA') - 2] = 0xec
  const body = der.toString('base64')
  const damaged = `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`
  t.match(
    judgeCa(ca + damaged, now).faults[0],
    /^contains (an invalid certificate|a certificate) \(number 2\)/,
  )
  t.equal(detailsOf(der), undefined)
})

t.test('a file that is not text is named with its conversion', async t => {
  const pair = issued({})
  const dir = t.testdir({ crt: pair.certificate, key: pair.key })
  const openssl = (...args: string[]): Buffer =>
    execFileSync('openssl', args, { cwd: dir })
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = (type: 'pkcs1' | 'pkcs8') =>
    privateKey.export({ type, format: 'der' })
  const pkcs12 = ['pkcs12', '-export', '-in', 'crt', '-inkey', 'key']
  writeFileSync(join(dir, 'ca'), ca)
  for (const [content, said] of [
    [
      new X509Certificate(ca).raw,
      'is a certificate in DER, not PEM: convert it with openssl x509 ' +
        '-inform DER -in FILE',
    ],
    ...[key('pkcs1'), key('pkcs8')].map(
      each =>
        [
          each,
          'is a key in DER, not PEM: convert it with openssl pkey -inform ' +
            'DER -in FILE',
        ] as const,
    ),
    [
      openssl(...pkcs12, '-passout', 'pass:'),
      'is PKCS #12, not PEM: convert it with openssl pkcs12 -nodes -in FILE',
    ],
    [
      openssl('crl2pkcs7', '-nocrl', '-certfile', 'ca', '-outform', 'DER'),
      'is PKCS #7 in DER, not PEM: convert it with openssl pkcs7 -inform DER ' +
        '-print_certs -in FILE',
    ],
    [
      Buffer.from(`\ufeff${ca}`, 'utf16le'),
      'is UTF-16 text: save it as ASCII or UTF-8',
    ],
    [Buffer.from(ca), undefined],
    [Buffer.from([0x30, 0x82, 0xff]), undefined],
    [Buffer.from('0 text'), undefined],
    [Buffer.alloc(0), undefined],
  ] as const) {
    t.equal(otherForm(content), said)
  }
})
