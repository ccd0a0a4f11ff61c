import type { X509Certificate } from 'node:crypto'
import { day } from './certificate.ts'
import { holdsPrivateKey, readCertificates } from '../formats/pem.ts'
import { show } from '../contract/report.ts'
import {
  formFault,
  loadingFault,
  mayNotIssue,
  purposeFault,
} from './loading.ts'

/** The contents of a file of certificate authorities, and its errors. */
export interface Authorities {
  /** The certificates, without the text between them. */
  pem: string
  faults: string[]
  warnings: string[]
}

// An authority's certificate takes longer to replace than a server's.
const soon = 30

const date = (text: string): string => new Date(text).toISOString().slice(0, 10)

const nameOf = ({ subject }: X509Certificate): string =>
  show(subject?.split('\n').at(-1) ?? '')

/** Why a certificate is not valid now, or undefined. */
const timeFault = (
  certificate: X509Certificate,
  now: Date,
): string | undefined => {
  const { validFrom, validTo } = certificate
  return new Date(validTo) <= now
    ? `expired on ${date(validTo)}`
    : new Date(validFrom) > now
      ? `is not valid before ${date(validFrom)}`
      : undefined
}

/** Why a certificate makes no server trusted, or undefined. */
const uselessness = (
  certificate: X509Certificate,
  now: Date,
): string | undefined =>
  loadingFault(certificate) ??
  timeFault(certificate, now) ??
  purposeFault(certificate) ??
  (mayNotIssue(certificate)
    ? 'may not sign others: its key usage lacks keyCertSign'
    : undefined)

/**
 * Checks a PEM file of certificate authorities. Some may have expired, or be
 * useless otherwise, as long as one is not: during a change of authorities a
 * file has both.
 */
export const judgeCa = (text: string, now: Date): Authorities => {
  const fault = (message: string): Authorities => ({
    pem: '',
    faults: [message],
    warnings: [],
  })
  if (holdsPrivateKey(text)) {
    return fault('contains a private key: leave only certificates in it')
  }
  const certificates = readCertificates(text)
  if (typeof certificates === 'string') {
    return fault(certificates)
  }
  if (certificates.length === 0) {
    return fault('contains no PEM certificate')
  }
  const damaged = certificates.map(each => formFault(each))
  const at = damaged.findIndex(each => each !== undefined)
  if (at >= 0) {
    return fault(
      `contains a certificate (number ${at + 1}) that ${damaged[at]}`,
    )
  }
  const late = certificates.flatMap(each => {
    const fault = uselessness(each, now)
    return fault === undefined ? [] : [`certificate ${nameOf(each)} ${fault}`]
  })
  const ending = certificates.flatMap(each => {
    const left = (new Date(each.validTo).getTime() - now.getTime()) / day
    return left > 0 && left < soon
      ? [`certificate ${nameOf(each)} expires on ${date(each.validTo)}`]
      : []
  })
  const isUseless = late.length === certificates.length
  return {
    pem: certificates.map(each => `${each.toString().trim()}\n`).join(''),
    faults: isUseless ? late : [],
    warnings: isUseless ? [] : [...late, ...ending],
  }
}
