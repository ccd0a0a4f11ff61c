import type { X509Certificate } from 'node:crypto'
import { Failure } from './failure.ts'
import { certificatesIn, trustFiles, type TrustFile } from './federation-ca.ts'
import type { Host } from './host.ts'
import { judgeCa } from './judge-ca.ts'
import type { Params } from './params.ts'
import { show, type Report } from './report.ts'
import { systemRoots } from './system-roots.ts'

const name = 'FEDERATIONCA'

const textOrFault = (
  host: Host,
  path: string,
  report: Report,
): string | undefined => {
  try {
    const text = host.textThrough(path)
    if (text === undefined) {
      report.error(name, undefined, `${path}: no such file`)
    }
    return text
  } catch (error) {
    if (error instanceof Failure) {
      report.error(name, undefined, error.message)
      return undefined
    }
    throw error
  }
}

const recallFile = (
  host: Host,
  path: string,
  now: Date,
  report: Report,
): X509Certificate[] => {
  const text = textOrFault(host, path, report)
  if (text === undefined) {
    return []
  }
  const { pem, faults, warnings } = judgeCa(text, now)
  faults.forEach(each => report.error(name, undefined, `${path}: ${each}`))
  warnings.forEach(each => report.warning(name, undefined, `${path}: ${each}`))
  return certificatesIn(pem)
}

const commonName = (name: string): string =>
  show(name.split('\n').find(part => part.startsWith('CN=')) ?? name)

/**
 * A certificate that another has signed is trusted by OpenSSL only together
 * with that one, however it is given (X509_V_FLAG_PARTIAL_CHAIN is not set).
 */
const warnOfLost = (
  given: readonly X509Certificate[],
  system: readonly X509Certificate[],
  report: Report,
): void => {
  const known = new Set([...given, ...system].map(({ subject }) => subject))
  for (const { subject, issuer } of given) {
    if (!known.has(issuer)) {
      const message =
        `the certificate ${commonName(subject)} is of no use without that of ` +
        `${commonName(issuer)}, which has signed it: give that too`
      report.warning(name, undefined, message)
    }
  }
}

/**
 * The certificates that Synapse trusts in other servers: those of
 * FEDERATIONCA and those of the system, which Synapse forgets otherwise.
 */
export const recallFederationCa = (
  host: Host,
  { federationCa, federation }: Partial<Params>,
  now: Date,
  report: Report,
): TrustFile[] | undefined => {
  if (federationCa === undefined || federation === false) {
    return undefined
  }
  const given = federationCa.flatMap(path =>
    recallFile(host, path, now, report),
  )
  const system = (systemRoots(host) ?? []).flatMap(certificatesIn)
  if (system.length === 0) {
    const message =
      'this system has no certificates of its own (/etc/ssl/cert.pem, ' +
      '/etc/ssl/certs): servers with others than these are not trusted'
    report.warning(name, undefined, message)
  }
  warnOfLost(given, system, report)
  return trustFiles(given, system)
}
