import { spawnSync } from 'node:child_process'
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  X509Certificate,
} from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import {
  canSign,
  day,
  newCertificate,
  newCertificateKey,
  type Names,
} from '../../lib/tls/certificate.ts'

const now = new Date('2026-03-04T05:06:07Z')
const names: Names = {
  host: 'matrix.example.com',
  addresses: ['10.192.0.5', '2001:db8::5'],
}

const pem = { type: 'pkcs8', format: 'pem' } as const
const rsaKey = String(
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pem),
)
const keys = [
  ['EC', newCertificateKey()],
  ['RSA', rsaKey],
] as const

/** The output of openssl(1) for a file. */
const openssl = (...args: string[]) => {
  const { stdout, stderr, status } = spawnSync('openssl', args)
  return { code: status, text: `${stdout}${stderr}` }
}

for (const [kind, key] of keys) {
  t.test(`a certificate for a key of ${kind}`, async t => {
    const text = await newCertificate(key, names, now)
    const certificate = new X509Certificate(text)
    const path = join(t.testdir({ crt: text, key }), 'crt')

    t.test('is PEM as OpenSSL writes it', async t => {
      t.equal(text, certificate.toString())
      t.notMatch(text, '\r')
    })

    t.test('is signed by its own key', async t => {
      const publicKey = createPublicKey(createPrivateKey(key))
      t.equal(certificate.verify(publicKey), true)
      t.equal(certificate.checkPrivateKey(createPrivateKey(key)), true)
      t.equal(certificate.ca, false)
    })

    t.test('has the parameters of its algorithm, and only RSA', async t => {
      // RFC 4055, section 5: NULL; RFC 5758, section 3.2: none.
      const oid = kind === 'RSA' ? '2a864886f70d01010b' : '2a8648ce3d040302'
      const hex = certificate.raw.toString('hex')
      t.equal(hex.split(oid).length, 3, 'within what is signed, and outside')
      t.equal(hex.split(`${oid}0500`).length, kind === 'RSA' ? 3 : 1)
    })

    t.test('names the host, its addresses and cook', async t => {
      t.equal(
        certificate.subjectAltName,
        'DNS:matrix.example.com, IP Address:10.192.0.5, ' +
          'IP Address:2001:DB8:0:0:0:0:0:5',
      )
      t.equal(
        certificate.subject,
        'CN=matrix.example.com\nO=Self-signed by cook',
      )
      t.equal(certificate.issuer, certificate.subject)
      t.ok(certificate.checkHost('matrix.example.com'))
      t.notOk(certificate.checkHost('example.com'))
      t.ok(certificate.checkIP('2001:db8::5'))
      t.notOk(certificate.checkIP('10.192.0.6'))
    })

    t.test('is valid for 397 days from an hour ago', async t => {
      const { validFrom, validTo } = certificate
      t.equal(new Date(validFrom).toISOString(), '2026-03-04T04:06:07.000Z')
      t.equal(
        new Date(validTo).getTime() - new Date(validFrom).getTime(),
        397 * day,
      )
    })

    t.test('serves TLS and nothing else', async t => {
      t.same(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1'])
      const { text: shown } = openssl('x509', '-in', path, '-noout', '-text')
      for (const part of [
        /Version: 3 /,
        /Basic Constraints: critical\s+CA:FALSE/,
        kind === 'RSA'
          ? /Key Usage: critical\s+Digital Signature, Key Encipherment\n/
          : /Key Usage: critical\s+Digital Signature\n/,
        /Extended Key Usage: ?\s+TLS Web Server Authentication\n/,
        /Subject Key Identifier: ?\s+([0-9A-F]{2}:){19}[0-9A-F]{2}\n/,
        kind === 'RSA'
          ? /Signature Algorithm: sha256WithRSAEncryption/
          : /Signature Algorithm: ecdsa-with-SHA256/,
      ]) {
        t.match(shown, part)
      }
    })

    t.test('passes openssl verify -x509_strict', async t => {
      const at = String(now.getTime() / 1000)
      const verify = (...more: string[]) =>
        openssl(
          'verify',
          '-x509_strict',
          '-attime',
          at,
          '-CAfile',
          path,
          '-purpose',
          'sslserver',
          ...more,
          path,
        )
      for (const [what, code, more] of [
        ['as it is', 0, []],
        ['for its name', 0, ['-verify_hostname', 'matrix.example.com']],
        ['for its address', 0, ['-verify_ip', '10.192.0.5']],
        ['for its IPv6 address', 0, ['-verify_ip', '2001:db8::5']],
        ['not for another name', 2, ['-verify_hostname', 'example.com']],
        ['not for a client', 2, ['-purpose', 'sslclient']],
      ] as const) {
        const result = verify(...more)
        t.equal(result.code, code, `${what}: ${result.text}`)
      }
    })
  })
}

t.test('a serial number is random, positive and not too long', async t => {
  const serials = new Set<string>()
  for (let i = 0; i < 20; i++) {
    const text = await newCertificate(keys[0][1], names, now)
    const { serialNumber } = new X509Certificate(text)
    // 16 bytes, the first bit 0; RFC 5280 allows 20.
    t.match(serialNumber, /^[1-7][0-9A-F]{31}$/)
    serials.add(serialNumber)
  }
  t.equal(serials.size, 20)
})

t.test('it names the host and the addresses that clients use', async t => {
  for (const [what, given, altNames] of [
    [
      'an address as host',
      { host: '10.0.0.1', addresses: ['10.0.0.2'] },
      'IP Address:10.0.0.1, IP Address:10.0.0.2',
    ],
    [
      'the same twice',
      { host: '10.0.0.1', addresses: ['10.0.0.1'] },
      'IP Address:10.0.0.1',
    ],
    [
      'an IPv6 host',
      { host: '::1', addresses: [] },
      'IP Address:0:0:0:0:0:0:0:1',
    ],
    ['all addresses', { host: 'a.b', addresses: ['0.0.0.0', '::'] }, 'DNS:a.b'],
    ['a single label', { host: 'localhost', addresses: [] }, 'DNS:localhost'],
  ] as const) {
    const text = await newCertificate(keys[0][1], given, now)
    t.equal(new X509Certificate(text).subjectAltName, altNames, what)
  }
})

t.test('a common name has at most 64 characters', async t => {
  const host = `${'a'.repeat(60)}.${'b'.repeat(60)}.example`
  const text = await newCertificate(keys[0][1], { host, addresses: [] }, now)
  const certificate = new X509Certificate(text)
  t.equal(certificate.subject.split('\n')[0], `CN=${host.slice(0, 64)}`)
  t.equal(certificate.subjectAltName, `DNS:${host}`)
  const path = join(t.testdir({ crt: text }), 'crt')
  const { code, text: said } = openssl(
    'verify',
    '-x509_strict',
    '-attime',
    String(now.getTime() / 1000),
    '-CAfile',
    path,
    path,
  )
  t.equal(code, 0, said)
})

t.test('dates are correct before and after 2050', async t => {
  for (const time of [
    '2048-11-30T00:00:00Z',
    '2049-12-31T23:59:59Z',
    '2050-06-01T00:00:00Z',
    '2026-12-31T23:30:00Z',
  ]) {
    const at = new Date(time)
    const text = await newCertificate(keys[0][1], names, at)
    const { validFrom, validTo } = new X509Certificate(text)
    t.equal(new Date(validFrom).getTime(), at.getTime() - day / 24, time)
    t.equal(new Date(validTo).getTime(), at.getTime() + (397 - 1 / 24) * day)
    const path = join(t.testdir({ crt: text }), 'crt')
    const { code, text: said } = openssl(
      'verify',
      '-x509_strict',
      '-attime',
      String(at.getTime() / 1000),
      '-CAfile',
      path,
      path,
    )
    t.equal(code, 0, said)
  }
})

t.test('only RSA and EC keys can sign', async t => {
  for (const [what, able, { privateKey }] of [
    ['ed25519', false, generateKeyPairSync('ed25519')],
    ['ec', true, generateKeyPairSync('ec', { namedCurve: 'P-384' })],
  ] as const) {
    t.equal(canSign(privateKey), able, what)
  }
  t.equal(canSign(createPrivateKey(rsaKey)), true, 'rsa')
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const text = await newCertificate(String(privateKey.export(pem)), names, now)
  const certificate = new X509Certificate(text)
  t.equal(certificate.verify(createPublicKey(privateKey)), true, 'P-384')
})

t.test('a new key is EC on P-256 in PKCS #8', async t => {
  const text = newCertificateKey()
  t.match(text, /^-----BEGIN PRIVATE KEY-----\n/)
  const key = createPrivateKey(text)
  t.equal(key.asymmetricKeyType, 'ec')
  t.equal(key.asymmetricKeyDetails?.namedCurve, 'prime256v1')
  t.not(newCertificateKey(), text)
})

t.test('an address may have any spelling', async t => {
  const key = newCertificateKey()
  for (const host of ['::ffff:10.0.0.5', '::10.0.0.5', '0:0::1', 'fd00:0::5']) {
    const pem = await newCertificate(key, { host, addresses: [host] }, now)
    const certificate = new X509Certificate(pem)
    t.ok(certificate.checkIP(host), host)
    t.equal(certificate.subjectAltName?.split(',').length, 1, 'named once')
  }
})
