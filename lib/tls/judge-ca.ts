import type { X509Certificate } from 'node:crypto'
import { day } from './certificate.ts'
import { readCertificates } from '../formats/pem.ts'
import { show } from '../contract/report.ts'

/** What a file of certificate authorities holds, and what is wrong with it. */
export interface Authorities {
  /** The certificates alone, without the words between them. */
  pem: string
  faults: string[]
  warnings: string[]
}

// An authority's certificate takes longer to replace than a server's.
const soon = 30

const date = (text: string): string => new Date(text).toISOString().slice(0, 10)

const nameOf = ({ subject }: X509Certificate): string =>
  show(subject?.split('\n').at(-1) ?? '')

/** Why a certificate helps nobody now, or nothing. */
const timeFault = (
  certificate: X509Certificate,
  now: Date,
): string | undefined => {
  const { validFrom, validTo } = certificate
  return new Date(validTo) <= now
    ? `has expired on ${date(validTo)}`
    : new Date(validFrom) > now
      ? `is not valid before ${date(validFrom)}`
      : undefined
}

/**
 * Judges a file with certificates of authorities, in PEM. One of several may
 * have expired, as long as another has not: so authorities are replaced.
 */
export const judgeCa = (text: string, now: Date): Authorities => {
  const fault = (message: string): Authorities => ({
    pem: '',
    faults: [message],
    warnings: [],
  })
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    return fault('has a private key in it: leave the certificates alone in it')
  }
  const certificates = readCertificates(text)
  if (typeof certificates === 'string') {
    return fault(certificates)
  }
  if (certificates.length === 0) {
    return fault('has no certificate in PEM in it')
  }
  const late = certificates.flatMap(each => {
    const fault = timeFault(each, now)
    return fault === undefined
      ? []
      : [`its certificate ${nameOf(each)} ${fault}`]
  })
  const ending = certificates.flatMap(each => {
    const left = (new Date(each.validTo).getTime() - now.getTime()) / day
    return left > 0 && left < soon
      ? [`its certificate ${nameOf(each)} expires on ${date(each.validTo)}`]
      : []
  })
  const isUseless = late.length === certificates.length
  return {
    pem: certificates.map(each => `${each.toString().trim()}\n`).join(''),
    faults: isUseless ? late : [],
    warnings: isUseless ? [] : [...late, ...ending],
  }
}
