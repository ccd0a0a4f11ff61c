// Damaged certificates and keys: what cook accepts, the programs that read it
// load too; what it refuses, it refuses with the file and the cause.

import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { newCertificate, newCertificateKey } from '../../lib/tls/certificate.ts'
import { asAuthority, issued } from '../small/issued.ts'
import { loads, whyNoLoads, type Loaded } from '../support/openssl-loads.ts'
import { newJudge, type Judged } from './judging.ts'
import { mutated } from './mutated-pem.ts'
import { sized, tellFigure } from './size.ts'

const skip = whyNoLoads()

const judging = fileURLToPath(new URL('judging.ts', import.meta.url))
const bun = fileURLToPath(
  new URL('../../node_modules/.bin/bun', import.meta.url),
)

const rsa = ['-newkey', 'rsa:2048']
const altNames = ['subjectAltName = DNS:example.com']

// Those whose encoding OpenSSL checks before it uses a certificate.
const manyExtensions = [
  'subjectAltName = DNS:example.com, IP:10.192.0.5',
  'keyUsage = digitalSignature',
  'extendedKeyUsage = serverAuth, clientAuth',
  'subjectKeyIdentifier = hash',
  'authorityKeyIdentifier = keyid, issuer:always',
  'basicConstraints = CA:FALSE',
  'certificatePolicies = 1.2.3.4',
  'crlDistributionPoints = URI:http://example.com/list.crl',
  'noCheck = ignored',
  'nsCertType = server',
  'inhibitAnyPolicy = 2',
  'policyConstraints = requireExplicitPolicy:3',
]

const makeCases = async (): Promise<Loaded[]> => {
  const root = issued({ subject: 'Root', extensions: asAuthority })
  const middle = issued({
    subject: 'Middle',
    extensions: asAuthority,
    by: root,
  })
  const leaf = issued({ extensions: altNames, by: middle })
  const alone = issued({ extensions: altNames, key: rsa })
  const many = issued({ extensions: manyExtensions, by: middle })
  const key = newCertificateKey()
  const names = { host: 'example.com', addresses: [] }
  const own = await newCertificate(key, names, new Date())
  const chain = leaf.certificate + middle.certificate
  const both = `${root.certificate}# another\n${middle.certificate}`
  return [
    { kind: 'server', crt: chain, key: leaf.key },
    { kind: 'server', crt: alone.certificate, key: alone.key },
    {
      kind: 'server',
      crt: many.certificate + middle.certificate,
      key: many.key,
    },
    { kind: 'server', crt: own, key },
    { kind: 'federation', crt: both },
    { kind: 'ldap', crt: both },
  ]
}

/** The same case with one of its files damaged. */
const damaged = (cases: readonly Loaded[], n: number): Loaded => {
  const whole = cases[n % cases.length]!
  const { key } = whole
  return key !== undefined && Math.random() < 0.4
    ? { ...whole, key: mutated(key) }
    : { ...whole, crt: mutated(whole.crt) }
}

const byBun = async (cases: readonly Loaded[]): Promise<Judged[]> => {
  const child = spawn(bun, [judging, 'lines'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const output = text(child.stdout)
  child.stdin.end(cases.map(each => `${JSON.stringify(each)}\n`).join(''))
  const lines = (await output).trimEnd().split('\n')
  return lines.map(line => JSON.parse(line) as Judged)
}

const byNode = (cases: readonly Loaded[]): Judged[] => {
  const { judge, end } = newJudge()
  try {
    return cases.map(judge)
  } finally {
    end()
  }
}

/** What is loaded if cook accepts a case: the file, and copies from it. */
const readLater = (given: Loaded, { pem }: Judged): Loaded[] => [
  // Synapse reads FEDERATIONCA's copies alone, but the file itself must be one
  // that OpenSSL reads.
  given.kind === 'federation' ? { ...given, kind: 'ldap' } : given,
  ...(given.kind === 'federation'
    ? (pem.match(/-----BEGIN[^]*?-----END.*\n/g) ?? []).map(crt => ({
        kind: given.kind,
        crt,
      }))
    : given.kind === 'ldap'
      ? [{ kind: given.kind, crt: pem }]
      : []),
]

const sentence =
  /^error: .*\/example\.com\.(?:crt|key): (?:is|has|contains|does|expired|certificate "[^"]+" (?:is|has|expired|may)) .+/

t.test('what cook accepts is loaded, on Node and on Bun', { skip }, async t => {
  const whole = await makeCases()
  const cases = [
    ...whole,
    ...Array.from({ length: sized(400, 4000) }, (_, n) => damaged(whole, n)),
  ]
  const fresh = { accepted: 0, refused: 0 }
  for (const [engine, judge] of [
    ['Node', byNode],
    ['Bun', byBun],
  ] as const) {
    const judged = await judge(cases)
    t.equal(judged.length, cases.length)
    t.ok(
      judged.slice(0, whole.length).every(({ accepted }) => accepted),
      `${engine} accepts what is whole`,
    )
    const used = cases.flatMap((given, n) => {
      const said = judged[n]!
      return said.accepted
        ? readLater(given, said).map(each => ({ given, each }))
        : []
    })
    const errors = await loads(used.map(({ each }) => each))
    const wrong = used.flatMap(({ given }, n) =>
      errors[n]!.length > 0 ? [{ given, errors: errors[n] }] : [],
    )
    t.same(wrong.slice(0, 3), [], `${engine}: ${wrong.length} do not load`)
    const silent = judged.filter(
      ({ accepted, told }) =>
        !accepted && !told.every(each => sentence.test(each)),
    )
    t.same(
      silent.slice(0, 3).map(({ told }) => told),
      [],
      `${engine} names the file and the cause`,
    )
    fresh.accepted += judged.filter(({ accepted }) => accepted).length
    fresh.refused += judged.filter(({ told }) => told.length > 0).length
  }
  t.ok(fresh.accepted > 0 && fresh.refused > 0)
  tellFigure(
    t,
    `${cases.length} damaged certificates, keys and authorities, on Node and ` +
      `Bun: ${fresh.refused} refused with the file and the cause, ` +
      `${fresh.accepted} accepted, and Python loads these`,
  )
})
