import type { KeyObject, X509Certificate } from 'node:crypto'
import { elsewhere, type Aim } from './aim.ts'
import {
  commonName,
  isSelfSigned,
  isSignedBy,
} from '../../../../tls/issuing.ts'
import type { FindingName } from '../../../../contract/findings/findings.ts'
import { hostPort, isIP } from '../../../../formats/ip.ts'
import type { Observed } from './observe.ts'
import type { Seen, Wrong } from '../../../../engine/doctor/look.ts'
import type { Served } from '../../../../net/connection.ts'
import { weakness } from '../../../../tls/loading.ts'

/** What certificates may show. */
export const tlsFinds = [
  'tls-expired',
  'tls-name',
  'tls-chain',
  'tls-untrusted',
  'tls-key',
  'tls-expiring',
] as const satisfies readonly FindingName[]

type Finds = (typeof tlsFinds)[number]

/** Certificates, and where they are served. */
export interface Sample {
  name: string
  port: number
  served: Served
}

const day = 24 * 60 * 60 * 1000

const date = (time: Date): string => time.toISOString().slice(0, 16)

const covers = (certificate: X509Certificate, name: string): boolean =>
  isIP(name) === 0
    ? certificate.checkHost(name, { subject: 'never' }) !== undefined
    : certificate.checkIP(name) !== undefined

const dates = (certificate: X509Certificate): { from: Date; to: Date } => ({
  from: new Date(certificate.validFrom),
  to: new Date(certificate.validTo),
})

// Who renews in time has renewed before the last sixth of its life.
const isLate = (certificate: X509Certificate, now: Date): boolean => {
  const { from, to } = dates(certificate)
  const left = to.getTime() - now.getTime()
  return left < 14 * day && left < (to.getTime() - from.getTime()) / 6
}

const untrusted = ['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN']

const incomplete = [
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]

// Browsers accept no other kinds than RSA and ECDSA.
const keyFault = (key: KeyObject): string | undefined =>
  ['rsa', 'ec', 'rsa-pss'].includes(key.asymmetricKeyType ?? '')
    ? weakness(key)
    : `a key of the kind ${key.asymmetricKeyType}`

/** The last one to which the chain leads from the server's own. */
const endOf = (
  chain: readonly X509Certificate[],
  leaf: X509Certificate,
): X509Certificate => {
  const left = new Set(chain)
  let last = leaf
  for (;;) {
    left.delete(last)
    const next = [...left].find(each => isSignedBy(last, each))
    if (next === undefined) {
      return last
    }
    last = next
  }
}

/** What is wrong with certificates, without where they are served. */
const faults = (
  { name, served: { chain, fault = '' } }: Sample,
  aim: Aim,
  now: Date,
): [Finds, string][] => {
  const [leaf] = chain
  if (leaf === undefined) {
    return []
  }
  const { to } = dates(leaf)
  const late = chain.find(each => dates(each).to <= now)
  const early = chain.find(each => dates(each).from > now)
  const key = keyFault(leaf.publicKey)
  const last = chain.at(-1) ?? leaf
  const isJudged = aim.roots !== undefined
  // OpenSSL has another code for it if the key usage does not allow to sign.
  const isAlone = chain.length === 1 && isSelfSigned(leaf)
  const all: ([Finds, string] | false)[] = [
    late !== undefined && [
      'tls-expired',
      `sends the certificate ${commonName(late.subject)}, which expired on ` +
        date(dates(late).to),
    ],
    early !== undefined && [
      'tls-expired',
      `sends the certificate ${commonName(early.subject)}, which is not ` +
        `valid before ${date(dates(early).from)}`,
    ],
    !covers(leaf, name) && [
      'tls-name',
      `sends a certificate that is not for ${name}, but for ` +
        (leaf.subjectAltName ?? 'no name').slice(0, 120),
    ],
    isJudged &&
      !isAlone &&
      incomplete.includes(fault) && [
        'tls-chain',
        chain.length === 1
          ? `sends its certificate alone, without that of ` +
            `${commonName(leaf.issuer)}, which signed it`
          : 'sends a chain without the certificate of ' +
            `${commonName(endOf(chain, leaf).issuer)}, which belongs in it`,
      ],
    (isAlone ? fault !== '' : isJudged && untrusted.includes(fault)) && [
      'tls-untrusted',
      isAlone
        ? 'sends a self-signed certificate'
        : `sends a certificate of ${commonName(last.subject)}, which this ` +
          'system does not trust',
    ],
    key !== undefined && ['tls-key', `sends a certificate for ${key}`],
    late === undefined &&
      isLate(leaf, now) && [
        'tls-expiring',
        `sends a certificate that expires on ${date(to)}`,
      ],
  ]
  return all.filter(each => each !== false)
}

const meaning = 'clients and other servers refuse the connection'

/** All certificates that were seen outside. */
export const seenOutside = ({
  discovery,
  federation,
  client,
  clientFile,
}: Observed): Sample[] => {
  const gone = [...federation, ...(client ? [client] : [])].flatMap(
    ({ way: { name, port }, tries }) =>
      tries.flatMap(({ replies }) =>
        Object.values(replies).map(reply => ({ name, port, reply })),
      ),
  )
  const files = [clientFile, ...(discovery?.file ? [discovery.file] : [])]
  const pages = files.flatMap(({ replies }) =>
    replies.map(({ url, reply }) => ({
      name: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port || 443),
      reply,
    })),
  )
  return [...gone, ...pages].flatMap(({ reply, ...at }) =>
    'served' in reply && reply.served !== undefined
      ? [{ ...at, served: reply.served }]
      : [],
  )
}

/** One finding for each fault, with all places where it is served. */
export const judgeTls = (
  samples: readonly Sample[],
  aim: Aim,
  now: Date,
): Seen<Finds>[] => {
  const found = new Map<string, Wrong<Finds> & { places: Set<string> }>()
  for (const sample of samples) {
    const place = hostPort(sample.name, sample.port)
    for (const [finding, says] of faults(sample, aim, now)) {
      const key = `${finding} ${says}`
      const known = found.get(key) ?? { finding, says, places: new Set() }
      known.places.add(place)
      found.set(key, known)
    }
  }
  const wrong = [...found.values()].map(({ finding, says, places }) => ({
    finding,
    says: `${[...places].sort().join(', ')} ${says}; ${meaning}`,
  }))
  const blind: Seen<Finds>[] =
    aim.roots === undefined && samples.length > 0
      ? [
          {
            unseen: ['tls-chain', 'tls-untrusted'],
            why: 'this system trusts no authority (/etc/ssl)',
            elsewhere: elsewhere(aim),
          },
        ]
      : []
  return [...wrong, ...blind]
}
