import { spawnSync } from 'node:child_process'
import {
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  day,
  newCertificate,
  newCertificateKey,
} from '../../lib/tls/certificate.ts'
import {
  judgeCertificate,
  readCertificateKey,
  renewal,
} from '../../lib/tls/judge-certificate.ts'

const now = new Date('2026-03-04T05:06:07Z')
const names = { host: 'matrix.example.com', addresses: ['10.0.0.1', '::1'] }
const key = newCertificateKey()
const other = newCertificateKey()
const keyObject = createPrivateKey(key)
const inDays = (days: number) => new Date(now.getTime() + days * day)

/** The result without the number of days that are left. */
const judge = (...given: Parameters<typeof judgeCertificate>) => {
  const judged = judgeCertificate(...given)
  return judged.state === 'good'
    ? {
        state: judged.state,
        ours: judged.ours,
        ...(judged.warning === undefined ? {} : { warning: judged.warning }),
      }
    : judged
}

const date = (time: Date) => time.toISOString().slice(0, 10)

t.test("cook's own certificate is good or renewed, never an error", async t => {
  const made = (to = names, at = now, by = key) => newCertificate(by, to, at)
  const more = (...addresses: string[]) => ({
    host: names.host,
    addresses: [...names.addresses, ...addresses],
  })
  const end = 397 - 1 / 24
  const good = { state: 'good', ours: true }
  const renew = (reason: string) => ({ state: 'renew', reason })
  for (const [what, text, wanted, time, judged] of [
    ['new', made(), names, now, good],
    ['with fewer names wanted', made(more('10.0.0.2')), names, now, good],
    [
      'before it began',
      made(),
      names,
      inDays(-2),
      {
        ...good,
        warning:
          `is not valid before ${date(inDays(-1 / 24))}: ` +
          'if the clock is right, remove it',
      },
    ],
    ['with all addresses', made(), more('0.0.0.0', '::'), now, good],
    ['by an IPv6 name', made(), more('0:0:0:0:0:0:0:1'), now, good],
    ['30 days before its end', made(), names, inDays(end - renewal), good],
    [
      'later',
      made(),
      names,
      inDays(end - renewal + 0.001),
      renew(`expires on ${date(inDays(end))}`),
    ],
    [
      'when it has expired',
      made(),
      names,
      inDays(500),
      renew(`expires on ${date(inDays(end))}`),
    ],
    [
      'for another host',
      made(),
      { ...names, host: 'a.example' },
      now,
      renew('does not name a.example'),
    ],
    [
      'for another address',
      made(),
      more('10.0.0.2'),
      now,
      renew('does not name 10.0.0.2'),
    ],
    [
      'for an address as host',
      made(),
      { ...names, host: '10.0.0.2' },
      now,
      renew('does not name 10.0.0.2'),
    ],
    [
      'of another key',
      made(names, now, other),
      names,
      now,
      renew('does not match its key'),
    ],
  ] as const) {
    t.strictSame(judge(await text, keyObject, wanted, time), judged, what)
  }
  t.equal(renewal, 30)
  t.match(
    judgeCertificate(await made(), keyObject, names, inDays(100)),
    { daysLeft: 297 - 1 / 24 },
    'the days that are left',
  )
})

const pem = (object: KeyObject, more: object = {}) =>
  String(object.export({ type: 'pkcs8', format: 'pem', ...more }))

const openssl = (dir: string, ...args: string[]): void => {
  const { status, stderr } = spawnSync('openssl', args, { cwd: dir })
  if (status !== 0) {
    throw new Error(`openssl ${args.join(' ')}: ${stderr}`)
  }
}

t.test('a supplied one is good or an error, never replaced', async t => {
  const dir = t.testdir({ key, other, ca: newCertificateKey() })
  const at = (time: Date) =>
    `${time.toISOString().replaceAll(/[-:T]|\.\d+/g, '')}`
  const read = (name: string) => readFileSync(join(dir, name), 'utf8')
  openssl(
    dir,
    'req',
    '-x509',
    '-new',
    '-key',
    'ca',
    '-out',
    'ca.crt',
    '-subj',
    '/CN=Some CA',
    '-days',
    '3',
  )
  writeFileSync(join(dir, 'index'), '')
  writeFileSync(
    join(dir, 'ca.conf'),
    [
      '[ca]',
      'default_ca=x',
      '[x]',
      'database=index',
      'new_certs_dir=.',
      'certificate=ca.crt',
      'private_key=ca',
      'rand_serial=yes',
      'default_md=sha256',
      'policy=any',
      'copy_extensions=copy',
      'unique_subject=no',
      '[any]',
      'commonName=optional',
      'organizationName=optional',
    ].join('\n'),
  )

  /** A certificate that the authority issues. */
  const issued = (
    san: string,
    from = inDays(-1),
    to = inDays(90),
    subject = '/CN=x',
  ): string => {
    openssl(
      dir,
      'req',
      '-new',
      '-key',
      'key',
      '-subj',
      subject,
      '-out',
      'csr',
      ...(san === '' ? [] : ['-addext', `subjectAltName=${san}`]),
    )
    openssl(
      dir,
      'ca',
      '-config',
      'ca.conf',
      '-batch',
      '-notext',
      '-in',
      'csr',
      '-out',
      'crt',
      '-startdate',
      at(from),
      '-enddate',
      at(to),
    )
    return read('crt')
  }

  const plain = issued('DNS:matrix.example.com')
  const good = { state: 'good', ours: false }
  const fault = (message: string) => ({ state: 'fault', message })
  const notFor = (host: string) =>
    fault(`is not for ${host} (subject alternative names)`)
  const own = '/CN=matrix.example.com/O=Self-signed by cook'
  for (const [what, text, judged] of [
    ['for the host', plain, good],
    ['without the addresses', plain, good],
    ['with other names too', issued('DNS:a.b,DNS:matrix.example.com'), good],
    ['in upper case', issued('DNS:MATRIX.example.com'), good],
    ['with a wildcard', issued('DNS:*.example.com'), good],
    [
      'by common name alone',
      issued('', undefined, undefined, '/CN=matrix.example.com'),
      notFor('matrix.example.com'),
    ],
    ['a chain of two', plain + read('ca.crt'), good],
    ['with text around it', `A\n${plain}B\n`, good],
    [
      'near its end',
      issued('DNS:matrix.example.com', inDays(-60), inDays(29)),
      { ...good, warning: `expires on ${date(inDays(29))}: supply a new one` },
    ],
    [
      'with a short life, before its last third',
      issued('DNS:matrix.example.com', inDays(-25), inDays(20)),
      good,
    ],
    [
      'with a short life, in its last third',
      issued('DNS:matrix.example.com', inDays(-35), inDays(10)),
      { ...good, warning: `expires on ${date(inDays(10))}: supply a new one` },
    ],
    [
      'expired',
      issued('DNS:matrix.example.com', inDays(-9), inDays(-1)),
      fault(`expired on ${date(inDays(-1))}`),
    ],
    [
      'not yet valid',
      issued('DNS:matrix.example.com', inDays(1), inDays(9)),
      fault(`is not valid before ${date(inDays(1))}`),
    ],
    [
      'for another name',
      issued('DNS:example.com'),
      notFor('matrix.example.com'),
    ],
    [
      'with a wildcard one label off',
      issued('DNS:*.com'),
      notFor('matrix.example.com'),
    ],
    [
      'the chain the wrong way round',
      read('ca.crt') + plain,
      fault(
        'does not match the key beside it: certificate number 2 does, so ' +
          'their order is wrong: put that first, and after each the one that ' +
          'signed it',
      ),
    ],
    [
      'with a space before BEGIN',
      ` ${plain}`,
      fault(
        'contains "-----BEGIN" in line 1 with something before it or after ' +
          'its label, so OpenSSL does not find it: put it on a line of its own',
      ),
    ],
    [
      'with its key in the same file',
      plain + key,
      fault(
        'contains a private key, and every user can read this file: leave ' +
          'only certificates in it',
      ),
    ],
    ['empty', '', fault('is not a PEM certificate')],
    ['a key', key, fault('is not a PEM certificate')],
    [
      'damaged',
      plain.replace(/^MII.{8}/m, 'MII00000000'),
      fault('is not a PEM certificate'),
    ],
    [
      'whose chain is damaged',
      plain + read('ca.crt').replace(/^MII.{8}/m, 'MII00000000'),
      fault('contains an invalid certificate (number 2)'),
    ],
    [
      'whose chain is cut off',
      plain + read('ca.crt').slice(0, -40),
      fault('contains an incomplete certificate'),
    ],
    [
      'of somebody who names himself as cook does',
      issued('DNS:example.com', undefined, undefined, own),
      notFor('matrix.example.com'),
    ],
  ] as const) {
    t.strictSame(judge(text, keyObject, names, now), judged, what)
  }

  t.test('whose key is another', async t => {
    t.strictSame(
      judge(plain, createPrivateKey(other), names, now),
      fault('does not match the key beside it'),
    )
  })

  t.test('for an address', async t => {
    const host = { host: '10.0.0.9', addresses: [] }
    for (const [san, judged] of [
      ['IP:10.0.0.9', good],
      ['DNS:10.0.0.9', notFor('10.0.0.9')],
    ] as const) {
      t.strictSame(judge(issued(san), keyObject, host, now), judged, san)
    }
  })
})

/** An RSA key that only some versions of OpenSSL take. */
const negative = (key: KeyObject): string => {
  const der = key.export({ type: 'pkcs1', format: 'der' })
  der[der.indexOf('02818100', 'hex') + 3] = 0xfe
  const body = der.toString('base64').match(/.{1,64}/g) ?? []
  return (
    `-----BEGIN RSA PRIVATE KEY-----\n${body.join('\n')}\n` +
    '-----END RSA PRIVATE KEY-----\n'
  )
}

t.test('a key is read from PEM, or the error is returned', async t => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
  const ec = createPrivateKey(key)
  const lock = { cipher: 'aes-256-cbc', passphrase: 'x' }
  const pkcs1 = { type: 'pkcs1', format: 'pem' } as const
  const parameters =
    '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n'
  const made = () => newCertificate(key, names, now)
  for (const [what, text, fault] of [
    ['EC', key, undefined],
    [
      'EC of SEC 1',
      String(ec.export({ type: 'sec1', format: 'pem' })),
      undefined,
    ],
    ['RSA', pem(rsa), undefined],
    [
      'RSA that is short',
      pem(short),
      'is an RSA key of 1024 bits: OpenSSL requires at least 2048',
    ],
    ['RSA of PKCS #1', String(rsa.export(pkcs1)), undefined],
    [
      'encrypted',
      pem(rsa, lock),
      'is encrypted: Synapse cannot ask for its passphrase',
    ],
    [
      'encrypted PKCS #1',
      String(rsa.export({ ...pkcs1, ...lock })),
      'is encrypted: Synapse cannot ask for its passphrase',
    ],
    ['empty', '', 'is not a PEM private key'],
    [
      'a certificate',
      await newCertificate(key, names, now),
      'is not a PEM private key',
    ],
    ['damaged', key.replace(/^MI.{9}/m, ''), 'is not a PEM private key'],
    ['text', 'a\0b', 'is not a PEM private key'],
    ['after the parameters of its curve', parameters + key, undefined],
    ['beside its certificate', (await made()) + key, undefined],
    [
      'before a damaged block',
      key + parameters.replace('\nB', '\n*'),
      'contains a damaged block: EC PARAMETERS',
    ],
    [
      'with a space before BEGIN',
      ` ${key}`,
      'contains "-----BEGIN" in line 1 with something before it or after its ' +
        'label, so OpenSSL does not find it: put it on a line of its own',
    ],
    [
      'with a name that is not ASCII',
      `friendlyName: Schlüssel\n${key}`,
      'contains characters other than ASCII, with which Synapse does not ' +
        'read a key: leave only the key in it',
    ],
    [
      'on a small curve',
      pem(generateKeyPairSync('ec', { namedCurve: 'prime192v1' }).privateKey),
      'is a key on the curve prime192v1: OpenSSL requires at least 224 bits',
    ],
    [
      'on another curve',
      pem(generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey),
      undefined,
    ],
    ['RSA with a negative number', negative(rsa), 'is not a PEM private key'],
    ['Ed25519', pem(generateKeyPairSync('ed25519').privateKey), undefined],
  ] as const) {
    const read = readCertificateKey(text)
    t.equal(typeof read === 'string' ? read : undefined, fault, what)
  }
})
