// The certificate that cook supplies to Caddy.

import type { Params } from '../../params/params.ts'
import type { Host } from '../../host/host.ts'
import { newReport, type Report } from '../../contract/report.ts'
import { Secret } from '../../contract/secret.ts'
import { certificatePath, paths } from '../../contract/paths.ts'
import { certificatesIn } from '../../formats/pem.ts'
import { textOrFault } from '../../engine/data-set/text-or-fault.ts'
import { recallOldTls } from '../../takeover/old-tls.ts'
import { newCertificate, newCertificateKey } from '../../tls/certificate.ts'
import {
  judgeCertificate,
  readCertificateKey,
} from '../../tls/judge-certificate.ts'
import { recallTls, type RecalledTls } from '../synapse/tls/recall-tls.ts'
import { hostsOf, wildcardFor } from './names.ts'
import type { Runner } from './user.ts'

/** What the certificate depends on. */
export type Named = Pick<
  Params,
  'domain' | 'ip' | 'publicHost' | 'serveDomain' | 'webClientHost' | 'acme'
>

/** The certificate and key for Caddy. */
export interface EdgeTls {
  key: Secret
  /** Created in memory if it is missing: the record says what Caddy got. */
  certificate: string
  /** The certificate on the data set, of which Caddy gets a copy. */
  original?: RecalledTls
}

/**
 * The certificates that an authority has issued for these hosts, and that are
 * valid: they are in a directory of Caddy's user, so that user reads them.
 */
const isIssued = async (
  host: Host,
  { user }: Runner,
  storage: string,
  sites: readonly string[],
  now: Date,
): Promise<boolean> => {
  const files = sites.map(
    each => `${storage}/certificates/*/${each}/${each}.crt`,
  )
  const ran = await host
    .run('su', ['-m', user, '-c', `exec cat ${files.join(' ')}`], 10)
    .catch(() => undefined)
  const found = certificatesIn(ran?.stdout ?? '').filter(
    ({ validTo }) => new Date(validTo) > now,
  )
  return sites.every(each => found.some(one => one.checkHost(each)))
}

/**
 * A supplied certificate, which others trust already, until the authority has
 * issued its own. An exact name that Caddy has loaded always comes first, so
 * cook has to take it away: the next run does, at the latest the daily one.
 */
export const meanwhile = async (
  host: Host,
  right: Named & Partial<Params>,
  now: Date,
  report: Report,
  runner: Runner,
  storage: string,
): Promise<EdgeTls | undefined> => {
  const { domain, ip } = right
  const old = recallOldTls(host, right, now, report)
  if (
    old === undefined &&
    host.look(certificatePath(domain.name)) === undefined
  ) {
    return undefined
  }
  const sites = hostsOf(right)
  const [first = '', ...others] = sites
  // What is wrong with it does not matter any more.
  const found = recallTls(
    host,
    { ...domain, host: first },
    [...others, ...ip],
    now,
    newReport(),
    old,
    undefined,
  )
  if (!found?.supplied || typeof found.certificate !== 'string') {
    return undefined
  }
  const { key, certificate } = found
  return (await isIssued(host, runner, storage, sites, now))
    ? undefined
    : { key, certificate, original: found }
}

/** The certificate on the data set, supplied or of cook's own. */
export const supplied = async (
  host: Host,
  right: Named & Partial<Params>,
  now: Date,
  report: Report,
): Promise<EdgeTls | undefined> => {
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
  const wildcards = new Set(hostsOf(right).map(wildcardFor))
  const [first = '', ...others] = wildcards
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
