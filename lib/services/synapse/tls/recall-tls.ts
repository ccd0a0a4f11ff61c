import type { X509Certificate } from 'node:crypto'
import {
  canSign,
  newCertificate,
  newCertificateKey,
  type Names,
} from '../../../tls/certificate.ts'
import type { TrustFile } from '../federation/federation-ca.ts'
import type { Host } from '../../../host/host.ts'
import {
  judgeCertificate,
  readCertificateKey,
} from '../../../tls/judge-certificate.ts'
import { judgeChain } from '../../../tls/judge-chain.ts'
import type { Old } from '../../../takeover/recall-old.ts'
import { isEarly } from './early-certificate.ts'
import { otherForm } from '../../../tls/other-forms.ts'
import { certificateKeyPath, certificatePath } from '../../../contract/paths.ts'
import { certificatesIn } from '../../../formats/pem.ts'
import type { Report } from '../../../contract/report.ts'
import { Secret } from '../../../contract/secret.ts'
import type { ServerName } from '../../../formats/server-name.ts'
import type { Fresh } from '../../../engine/steps/step.ts'
import { systemRoots } from '../../../tls/system-roots.ts'
import { textOrFault } from '../../../engine/data-set/text-or-fault.ts'

/** The key and the certificate of the listener with TLS. */
export interface RecalledTls {
  key: Secret
  certificate: string | Fresh
  /** Whether somebody else has made them. */
  supplied?: true
}

const rootsOf = (
  host: Host,
  trusted: readonly TrustFile[] | undefined,
): X509Certificate[] =>
  (trusted?.map(({ content }) => content) ?? systemRoots(host) ?? []).flatMap(
    certificatesIn,
  )

/**
 * The key and the certificate on the data set, or new ones for those that are
 * missing; undefined if they cannot be used, which the report then says.
 * @param old those of a jail that cook takes over
 * @param trusted the authorities of FEDERATIONCA and of the system, if given
 */
export const recallTls = (
  host: Host,
  { name, host: domain }: ServerName,
  addresses: readonly string[],
  now: Date,
  report: Report,
  old: Old['tls'],
  trusted: readonly TrustFile[] | undefined,
): RecalledTls | undefined => {
  const names: Names = { host: domain, addresses }
  const keyPath = certificateKeyPath(name)
  const path = certificatePath(name)
  const keyText = textOrFault(host, keyPath, report, otherForm)
  const text = textOrFault(host, path, report, otherForm)
  const isUnreadable = (file: string, its: string | undefined): boolean =>
    its === undefined && host.look(file) !== undefined
  if (isUnreadable(keyPath, keyText) || isUnreadable(path, text)) {
    return undefined
  }
  if (text === undefined && (keyText ?? old?.key) === old?.key && old) {
    const { key, certificate } = old
    return { key: new Secret(key), certificate, supplied: true }
  }
  if (keyText === undefined) {
    if (text !== undefined) {
      report.error(path, undefined, `has no key: supply ${keyPath}`)
    }
    const key = newCertificateKey()
    return {
      key: new Secret(key),
      certificate: {
        reason: 'is missing',
        make: () => newCertificate(key, names, now),
      },
    }
  }
  const key = readCertificateKey(keyText)
  if (typeof key === 'string') {
    report.error(keyPath, undefined, key)
    return undefined
  }
  const renewed = (reason: string) => ({
    key: new Secret(keyText),
    certificate: { reason, make: () => newCertificate(keyText, names, now) },
  })
  if (text === undefined) {
    if (!canSign(key)) {
      report.error(
        path,
        undefined,
        'is missing: supply it together with its key',
      )
    }
    return renewed('is missing')
  }
  const judged = judgeCertificate(text, key, names, now)
  if (judged.state === 'renew') {
    return renewed(judged.reason)
  }
  if (
    judged.state === 'good' &&
    judged.ours &&
    isEarly(host, name, text, now)
  ) {
    return renewed('was created while the clock was ahead')
  }
  if (judged.state === 'fault') {
    report.error(path, undefined, judged.message)
    return undefined
  }
  const warnings = [
    ...(judged.warning === undefined ? [] : [judged.warning]),
    ...(judged.ours
      ? []
      : judgeChain(certificatesIn(text), () => rootsOf(host, trusted), now)),
  ]
  warnings.forEach(each => report.warning(path, undefined, each))
  return {
    key: new Secret(keyText),
    certificate: text,
    ...(judged.ours ? {} : { supplied: true }),
  }
}
