import { X509Certificate, generateKeyPairSync } from 'node:crypto'
import { utimesSync } from 'node:fs'
import t from 'tap'
import type { Test } from 'tap'
import {
  newCertificate,
  newCertificateKey,
} from '../../../../lib/tls/certificate.ts'
import {
  recall,
  type Recalled,
} from '../../../../lib/services/synapse/recall.ts'
import { newReport, renderFault } from '../../../../lib/contract/report.ts'
import { reveal } from '../../../../lib/contract/secret.ts'
import { params, type Given } from '../../../small/given.ts'
import { at, hostIn } from '../../../small/host-in.ts'
import { asAuthority, issued } from '../../../small/issued.ts'

const now = new Date('2026-01-01T00:00:00Z')
const day = 24 * 60 * 60 * 1000
const crt = '/mnt/matrixdata/tls/example.com.crt'
const keyPath = '/mnt/matrixdata/tls/example.com.key'
const names = { host: 'example.com', addresses: ['10.192.0.5'] }

const key = newCertificateKey()
const certificate = await newCertificate(key, names, now)

const recalled = async (
  t: Test,
  files: Readonly<Record<string, string | Buffer>>,
  given: Given = {},
  at = now,
): Promise<{ tls: Recalled['tls']; told: string[] }> => {
  const report = newReport()
  const host = hostIn(t, { '/tmp/x': '', ...files })
  const found = await recall({
    host,
    right: params(given),
    now: at,
    report,
  })
  return { tls: found?.tls, told: report.faults.map(renderFault) }
}

const made = async (tls: Recalled['tls']) => {
  const fresh = tls?.certificate
  if (typeof fresh !== 'object') {
    throw new Error('none is made')
  }
  const made = new X509Certificate(await fresh.make())
  return { reason: fresh.reason, made }
}

t.test('a missing pair is created in memory', async t => {
  const { tls, told } = await recalled(t, {})
  t.same(told, [])
  const { reason, made: one } = await made(tls)
  t.equal(reason, 'is missing')
  t.ok(one.checkHost('example.com') && one.checkIP('10.192.0.5'))
  const { readCertificateKey } = await import(
    '../../../../lib/tls/judge-certificate.ts'
  )
  const own = readCertificateKey(reveal(tls!.key))
  t.ok(typeof own !== 'string' && one.checkPrivateKey(own))
})

t.test('a matching pair is used unchanged', async t => {
  for (const end of ['', '\n\n', '\nnot a certificate\n']) {
    const files = { [keyPath]: key + end, [crt]: certificate + end }
    const { tls, told } = await recalled(t, files)
    t.same(told, [])
    t.equal(reveal(tls!.key), key + end)
    t.equal(tls!.certificate, certificate + end)
  }
})

t.test('without TLS no file of it is read', async t => {
  const files = { [keyPath]: 'garbage', [crt]: 'garbage' }
  const { tls, told } = await recalled(t, files, { NOSSL: 'yes' })
  t.same(told, [])
  t.equal(tls, undefined)
})

t.test('a key is kept if its certificate is renewed', async t => {
  const then = new Date(now.getTime() - 380 * day)
  const old = await newCertificate(key, names, then)
  for (const [text, given, reason] of [
    [undefined, {}, 'is missing'],
    [old, {}, 'expires on 2026-01-17'],
    [certificate, { IP: '10.192.0.6' }, 'does not name 10.192.0.6'],
  ] as const) {
    const files = { [keyPath]: key, ...(text ? { [crt]: text } : {}) }
    const { tls, told } = await recalled(t, files, given)
    t.same(told, [])
    t.equal(reveal(tls!.key), key)
    t.match((await made(tls)).reason, reason)
  }
})

const { privateKey, publicKey } = generateKeyPairSync('x25519')
const exchange = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const open = publicKey.export({ type: 'spki', format: 'pem' }).toString()

t.test('one from a run whose clock was ahead is renewed', async t => {
  const later = new Date(now.getTime() + 400 * day)
  const signingKey = '/mnt/matrixdata/keys/example.com.signing.key'
  const files = {
    [keyPath]: key,
    [crt]: await newCertificate(key, names, later),
    [signingKey]:
      'ed25519 a_test sJ/wQT4nuYJsCuQ+KgdCBvmxpXiJXjl2nqPvcMcNRHI\n',
  }
  // The clock of this run is right if it is after the signing key was created.
  for (const [created, isRight] of [
    [-1, true],
    [1, false],
  ] as const) {
    const report = newReport()
    const host = hostIn(t, files)
    const time = now.getTime() / 1000 + created * 86_400
    utimesSync(at(host, signingKey), time, time)
    const right = params({})
    const found = await recall({ host, right, now, report })
    const told = report.faults.map(renderFault)
    if (isRight) {
      t.same(told, [])
      const { reason, made: one } = await made(found?.tls)
      t.equal(reason, 'was created while the clock was ahead')
      t.ok(new Date(one.validFrom) < now)
    } else {
      t.match(told, [/^warning: .*\.crt: is not valid before 2027-/])
      t.equal(found?.tls?.certificate, files[crt])
    }
  }
})

t.test('a pair that does not match is an error and never replaced', async t => {
  const noKey = `error: ${keyPath}: is not a PEM private key`
  const noCertificate = `error: ${crt}: is not a PEM certificate`
  for (const [files, faults] of [
    [{ [crt]: certificate }, [`error: ${crt}: has no key: supply ${keyPath}`]],
    [{ [keyPath]: '', [crt]: certificate }, [noKey]],
    [{ [keyPath]: '' }, [noKey]],
    [{ [keyPath]: certificate, [crt]: certificate }, [noKey]],
    [{ [keyPath]: open, [crt]: certificate }, [noKey]],
    [{ [keyPath]: key.slice(0, -40), [crt]: certificate }, [noKey]],
    [{ [keyPath]: 'a\0b', [crt]: certificate }, [noKey]],
    [
      { [keyPath]: exchange },
      [`error: ${crt}: is missing: supply it together with its key`],
    ],
    [{ [keyPath]: key, [crt]: '' }, [noCertificate]],
    [
      { [keyPath]: key, [crt]: certificate.slice(0, 200) },
      [`error: ${crt}: contains an incomplete certificate`],
    ],
    [{ [keyPath]: key, [crt]: key }, [noCertificate]],
    [
      { [keyPath]: key, [crt]: Buffer.from([0x30, 0x82, 0xff]) },
      [`error: ${crt}: is not UTF-8 text`],
    ],
    [
      { [keyPath]: exchange, [`${crt}/x`]: '' },
      [`error: ${crt}: is a directory, not a file`],
    ],
    [
      { [keyPath]: Buffer.from([0x30, 0x82, 0xff]), [crt]: certificate },
      [`error: ${keyPath}: is not UTF-8 text`],
    ],
  ] as const) {
    t.same((await recalled(t, files)).told, faults, faults.join())
  }
})

// Later than all that openssl makes here.
const soon = new Date(Date.now() + 60 * 60 * 1000)

t.test('a pair in another form is named with its conversion', async t => {
  const der = new X509Certificate(certificate).raw
  const noPem = 'not PEM: convert it with openssl'
  for (const [files, said] of [
    [
      { [keyPath]: key, [crt]: der },
      `error: ${crt}: is a certificate in DER, ${noPem} x509 -inform DER -in FILE`,
    ],
    [
      { [keyPath]: Buffer.from(`\ufeff${key}`, 'utf16le'), [crt]: certificate },
      `error: ${keyPath}: is UTF-16 text: save it as ASCII or UTF-8`,
    ],
  ] as const) {
    t.same((await recalled(t, files)).told, [said])
  }
})

t.test('a certificate for no server is an error', async t => {
  const pair = issued({
    extensions: [
      'subjectAltName = DNS:example.com',
      'extendedKeyUsage = clientAuth',
    ],
  })
  const files = { [keyPath]: pair.key, [crt]: pair.certificate }
  t.same((await recalled(t, files, {}, soon)).told, [
    `error: ${crt}: is not for TLS servers: its extended key usage is ` +
      'clientAuth, without serverAuth',
  ])
})

t.test('a chain without the issuer is a warning', async t => {
  const extensions = ['subjectAltName = DNS:example.com']
  const root = issued({ subject: 'Root', extensions: asAuthority })
  const middle = issued({ subject: 'R1', extensions: asAuthority, by: root })
  const { key: own, certificate: leaf } = issued({ extensions, by: middle })
  const direct = issued({ extensions, by: root })
  const lacks =
    `warning: ${crt}: lacks the certificate of "CN=R1", which signed that of ` +
    '"CN=server": append it, or other servers and clients may reject the ' +
    'certificate'
  const bundle = '/etc/ssl/cert.pem'
  const peers = { '/peers.pem': root.certificate }
  for (const [what, files, given, told] of [
    ['alone', { [keyPath]: own, [crt]: leaf }, {}, [lacks]],
    ['with it', { [keyPath]: own, [crt]: leaf + middle.certificate }, {}, []],
    [
      'by a root of the system',
      {
        [keyPath]: direct.key,
        [crt]: direct.certificate,
        [bundle]: root.certificate,
      },
      {},
      [],
    ],
    [
      'by a root of FEDERATIONCA',
      {
        ...{ [keyPath]: direct.key, [crt]: direct.certificate, ...peers },
        [bundle]: middle.certificate,
      },
      { FEDERATIONCA: '/peers.pem' },
      [],
    ],
    ["of cook's own", { [keyPath]: key, [crt]: certificate }, {}, []],
  ] as const) {
    const at = what === "of cook's own" ? now : soon
    t.same((await recalled(t, files, given, at)).told, told, what)
  }
})
