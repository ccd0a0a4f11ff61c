// The certificate that cook supplies to Caddy.

import type { Params } from '../../params/params.ts'
import type { Host } from '../../host/host.ts'
import type { Report } from '../../contract/report.ts'
import { Secret } from '../../contract/secret.ts'
import { paths } from '../../contract/paths.ts'
import { textOrFault } from '../../engine/data-set/text-or-fault.ts'
import { recallOldTls } from '../../takeover/old-tls.ts'
import { newCertificate, newCertificateKey } from '../../tls/certificate.ts'
import {
  judgeCertificate,
  readCertificateKey,
} from '../../tls/judge-certificate.ts'
import { recallTls, type RecalledTls } from '../synapse/tls/recall-tls.ts'
import { sitesOf, wildcardFor } from './names.ts'

/** What the certificate depends on. */
export type Named = Pick<
  Params,
  'domain' | 'ip' | 'publicHost' | 'serveDomain' | 'acme'
>

/** The certificate and key for Caddy. */
export interface EdgeTls {
  key: Secret
  /** Created in memory if it is missing: the record says what Caddy got. */
  certificate: string
  /** The certificate on the data set, of which Caddy gets a copy. */
  original?: RecalledTls
}

/** The certificate on the data set, supplied or of cook's own. */
export const supplied = async (
  host: Host,
  right: Named & Partial<Params>,
  now: Date,
  report: Report,
): Promise<EdgeTls | undefined> => {
  const [first = '', ...others] = sitesOf(right)
  const found = recallTls(
    host,
    { ...right.domain, host: first },
    [...others, ...right.ip],
    now,
    report,
    recallOldTls(host, right, now, report),
    undefined,
  )
  if (found === undefined) {
    return undefined
  }
  const { key, certificate } = found
  if (typeof certificate === 'string') {
    return { key, certificate, original: found }
  }
  // A key that cannot sign is an error, which the report says.
  const made = report.failed() ? '' : await certificate.make()
  const { reason } = certificate
  const make = () => Promise.resolve(made)
  const original = { ...found, certificate: { reason, make } }
  return { key, certificate: made, original }
}

/**
 * The certificate until one of an authority has come. It can always be created
 * again, so it is not on the data set.
 */
export const preliminary = async (
  host: Host,
  right: Named,
  now: Date,
  report: Report,
): Promise<EdgeTls> => {
  const [first = '', ...others] = sitesOf(right).map(wildcardFor)
  const names = { host: first, addresses: [...others, ...right.ip] }
  const keyText = textOrFault(host, paths.caddyKey, report)
  const text = textOrFault(host, paths.caddyCertificate, report)
  const key = keyText === undefined ? undefined : readCertificateKey(keyText)
  const fresh = async (): Promise<EdgeTls> => {
    const own = newCertificateKey()
    const certificate = await newCertificate(own, names, now)
    return { key: new Secret(own), certificate }
  }
  if (text === undefined || keyText === undefined || typeof key !== 'object') {
    return fresh()
  }
  const judged = judgeCertificate(text, key, names, now)
  return judged.state === 'good' && judged.ours
    ? { key: new Secret(keyText), certificate: text }
    : fresh()
}
