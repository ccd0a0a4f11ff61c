import type { X509Certificate } from 'node:crypto'
import type { Host } from '../host/host.ts'
import { judgeCa } from './judge-ca.ts'
import { readOrFault } from '../params/named-file.ts'
import type { ParamName } from '../params/params.ts'
import type { Report } from '../contract/report.ts'
import { commonName } from './issuing.ts'
import { otherForm } from './other-forms.ts'

/**
 * The PEM certificates of the authorities in the file that a parameter names;
 * none if the report has an error about it.
 */
export const recallCa = (
  host: Host,
  name: ParamName,
  path: string,
  now: Date,
  report: Report,
): string => {
  const content = readOrFault(host.throughNamed, path, name, undefined, report)
  if (content === undefined) {
    return ''
  }
  const other = otherForm(content)
  const { pem, faults, warnings } =
    other === undefined
      ? judgeCa(content.toString(), now)
      : { pem: '', faults: [other], warnings: [] }
  faults.forEach(each => report.error(name, undefined, `${path}: ${each}`))
  warnings.forEach(each => report.warning(name, undefined, `${path}: ${each}`))
  return pem
}

/**
 * Warns of certificates without their issuer. OpenSSL trusts a certificate that
 * is not self-signed only together with the one that signed it
 * (X509_V_FLAG_PARTIAL_CHAIN is not set).
 * @param others the certificates that are trusted besides the given ones
 */
export const warnOfLost = (
  name: ParamName,
  given: readonly X509Certificate[],
  others: readonly X509Certificate[],
  report: Report,
): void => {
  const known = new Set([...given, ...others].map(({ subject }) => subject))
  for (const { subject, issuer } of given) {
    if (!known.has(issuer)) {
      const message =
        `the certificate ${commonName(subject)} is not trusted without that of ` +
        `${commonName(issuer)}, which signed it: add that too`
      report.warning(name, undefined, message)
    }
  }
}
