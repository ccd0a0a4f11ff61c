// The certificate that cook supplies to Caddy.

import type { Params } from '../../params/params.ts'
import type { Host } from '../../host/host.ts'
import type { Report } from '../../contract/report.ts'
import { Secret } from '../../contract/secret.ts'
import { paths } from '../../contract/paths.ts'
import type { Fresh } from '../../engine/steps/step.ts'
import { textOrFault } from '../../engine/data-set/text-or-fault.ts'
import { recallOldTls } from '../../takeover/old-tls.ts'
import { newCertificate, newCertificateKey } from '../../tls/certificate.ts'
import {
  judgeCertificate,
  readCertificateKey,
} from '../../tls/judge-certificate.ts'
import { recallTls, type RecalledTls } from '../synapse/tls/recall-tls.ts'
import { hostsOf, wildcardFor } from './names.ts'

/** What the certificate depends on. */
export type Named = Pick<
  Params,
  'domain' | 'ip' | 'publicHost' | 'serveDomain' | 'webClientHost' | 'acme'
>

// Two files get the same text.
const once = ({ reason, make }: Fresh): Fresh => {
  let made: Promise<string> | undefined
  return { reason, make: () => (made ??= make()) }
}

/** The certificate on the data set, supplied or of cook's own. */
export const supplied = (
  host: Host,
  right: Named & Partial<Params>,
  now: Date,
  report: Report,
): RecalledTls | undefined => {
  const [first = '', ...others] = hostsOf(right)
  const found = recallTls(
    host,
    { ...right.domain, host: first },
    [...others, ...right.ip],
    now,
    report,
    recallOldTls(host, right, now, report),
    undefined,
  )
  return (
    found && {
      ...found,
      certificate:
        typeof found.certificate === 'string'
          ? found.certificate
          : once(found.certificate),
    }
  )
}

/**
 * The certificate until one of an authority has come. It can always be created
 * again, so it is not on the data set.
 */
export const preliminary = (
  host: Host,
  right: Named,
  now: Date,
  report: Report,
): RecalledTls => {
  const wildcards = new Set(hostsOf(right).map(wildcardFor))
  const [first = '', ...others] = wildcards
  const names = { host: first, addresses: [...others, ...right.ip] }
  const keyText = textOrFault(host, paths.caddyKey, report)
  const text = textOrFault(host, paths.caddyCertificate, report)
  const key = keyText === undefined ? undefined : readCertificateKey(keyText)
  const fresh = (reason: string): RecalledTls => {
    const own = newCertificateKey()
    return {
      key: new Secret(own),
      certificate: { reason, make: () => newCertificate(own, names, now) },
    }
  }
  if (text === undefined || keyText === undefined || typeof key !== 'object') {
    return fresh('is missing')
  }
  const judged = judgeCertificate(text, key, names, now)
  return judged.state === 'good' && judged.ours
    ? { key: new Secret(keyText), certificate: text }
    : fresh(judged.state === 'renew' ? judged.reason : 'is not of cook')
}
