import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { newCertificate, newCertificateKey } from '../../lib/tls/certificate.ts'
import {
  certificatesIn,
  holdsPrivateKey,
  readBlocks,
  readCertificates,
} from '../../lib/formats/pem.ts'
import { loads, whyNoLoads } from '../support/openssl-loads.ts'

const names = { host: 'example.com', addresses: [] }
const key = newCertificateKey()
const one = await newCertificate(key, names, new Date())
const other = await newCertificate(newCertificateKey(), names, new Date())
const body = one.split('\n').slice(1, -2).join('')
const wrapped = (width: number) =>
  `-----BEGIN CERTIFICATE-----\n${body.replaceAll(
    new RegExp(`.{1,${width}}`, 'g'),
    '$&\n',
  )}-----END CERTIFICATE-----\n`

const fingerprints = (text: string): unknown => {
  const read = readCertificates(text)
  return typeof read === 'string'
    ? read
    : read.map(({ fingerprint256 }) => fingerprint256)
}

const prints = (...pems: string[]): string[] =>
  pems.map(pem => new X509Certificate(pem).fingerprint256)

const whole: readonly (readonly [string, string])[] = [
  ['as it is', one],
  ['with DOS line ends', one.replaceAll('\n', '\r\n')],
  ['with blanks at the ends of lines', one.replaceAll('\n', ' \t\n')],
  ['without a line end', one.trimEnd()],
  ['in one line', wrapped(5000)],
  ['in lines of 76', wrapped(76)],
  ['in lines of 254, which OpenSSL reads at a time', wrapped(254)],
  ['in lines of 255', wrapped(255)],
  ['after a text', `Issuer: Ä\n\n${one}`],
  ['after a long line', `${'x'.repeat(1000)}\n${one}`],
]

t.test('a certificate is read as OpenSSL reads it', async t => {
  for (const [what, text] of whole) {
    t.same(fingerprints(text), prints(one), what)
  }
  t.same(fingerprints(one + other), prints(one, other))
  t.same(fingerprints(`${one}between\n${other}`), prints(one, other))
  t.same(fingerprints(''), [])
  t.same(fingerprints('hello\n'), [])
})

const misplaced = (line: number, side = 'BEGIN') =>
  `contains "-----${side}" in line ${line} with something before it or after ` +
  'its label, so OpenSSL does not find it: put it on a line of its own'

const broken: readonly (readonly [string, string, string])[] = [
  ['with a space before BEGIN', ` ${one}`, misplaced(1)],
  ['with a tab before BEGIN', `\t${one}`, misplaced(1)],
  ['with a byte order mark', `\ufeff${one}`, misplaced(1)],
  ['with text before BEGIN', `${one}x${one}`, misplaced(13)],
  [
    'whose BEGIN is short of a hyphen',
    one.replace('E-----', 'E----'),
    misplaced(1),
  ],
  ['with text after BEGIN', one.replace('E-----\n', 'E-----x\n'), misplaced(1)],
  [
    'with a space before END',
    one.replace('-----END', ' -----END'),
    misplaced(12, 'END'),
  ],
  ['with an empty line', one.replace('\n', '\n\n'), 'is not a PEM certificate'],
  [
    'with an indented line',
    one.replace('\n', '\n '),
    'is not a PEM certificate',
  ],
  [
    'with a header',
    one.replace('\n', '\na: b\n\n'),
    'is not a PEM certificate',
  ],
  [
    'with a damaged line',
    one.replace('\nMII', '\nM-I'),
    'is not a PEM certificate',
  ],
  [
    'with a damaged second',
    one + other.replace('\nMII', '\nM*I'),
    'contains an invalid certificate (number 2)',
  ],
  ['cut off', one.slice(0, -40), 'contains an incomplete certificate'],
  [
    'without its END',
    one.replace(/-----END.*\n/, '') + other,
    'contains an incomplete certificate',
  ],
  [
    'with the END of another',
    one.replace('END CERT', 'END X CERT'),
    'contains an incomplete certificate',
  ],
  [
    'with an END more',
    `${one}-----END CERTIFICATE-----\n`,
    'contains an END without its BEGIN in line 13',
  ],
  [
    'with carriage returns alone',
    one.replaceAll('\n', '\r'),
    'contains a control character in line 1',
  ],
  [
    'with a carriage return more',
    one.replaceAll('\n', '\r\r\n'),
    'contains a control character in line 1',
  ],
  [
    'with a zero byte',
    one.replace('\n', '\n\0'),
    'contains a control character in line 2',
  ],
  ['with a form feed', `${one}\f`, 'contains a control character in line 13'],
  [
    'for OpenSSL alone',
    one.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'),
    'contains a block TRUSTED CERTIFICATE: convert it to CERTIFICATE',
  ],
  [
    'beside a damaged block',
    `${one}-----BEGIN X-----\n*\n-----END X-----\n`,
    'contains a damaged block: X',
  ],
  [
    'beside an incomplete block',
    `${one}-----BEGIN X-----\n`,
    'contains an incomplete block: BEGIN X has no END',
  ],
]

t.test('what OpenSSL would not find or read is an error', async t => {
  for (const [what, text, said] of broken) {
    t.equal(readCertificates(text), said, what)
  }
})

t.test('Python agrees', { skip: whyNoLoads() }, async t => {
  const cases = (texts: readonly (readonly [string, string, ...string[]])[]) =>
    loads(texts.map(([, crt]) => ({ kind: 'server', crt, key })))
  t.same(
    (await cases(whole)).map((errors, n) => [whole[n]?.[0], errors]),
    whole.map(([what]) => [what, []]),
  )
  // It reads past some that are refused: cook permits less.
  const errors = await cases(broken)
  t.ok(errors.filter(each => each.length > 0).length > 10)
})

t.test('all blocks have their labels', async t => {
  const blocks = readBlocks(`${key}${one}`)
  t.same(typeof blocks === 'string' || blocks.map(({ label }) => label), [
    'PRIVATE KEY',
    'CERTIFICATE',
  ])
  t.ok(holdsPrivateKey(one + key))
  t.ok(holdsPrivateKey('-----BEGIN EC PRIVATE KEY-----'))
  t.notOk(holdsPrivateKey(one))
})

t.test('bundles of the system are read leniently', async t => {
  t.equal(certificatesIn(` ${one}x\n${other}`).length, 2)
})
