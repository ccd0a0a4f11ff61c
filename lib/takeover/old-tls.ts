import type { Host } from '../host/host.ts'
import {
  judgeCertificate,
  readCertificateKey,
} from '../tls/judge-certificate.ts'
import type { Params } from '../params/params.ts'
import {
  certificateKeyPath,
  certificatePath,
  paths,
} from '../contract/paths.ts'
import type { Report } from '../contract/report.ts'

/** A certificate with its chain, and its key, in PEM. */
export interface OldTls {
  key: string
  certificate: string
}

const plainText = (host: Host, path: string): string | undefined =>
  host.look(path)?.type === 'file' ? host.text(path) : undefined

/**
 * The certificate that acme.sh got for potluck's nginx: other servers trust it,
 * but not a self-signed one of cook. It is not taken over if it is not valid,
 * or if the data set has another one.
 */
export const recallOldTls = (
  host: Host,
  { domain, ip, noSsl }: Partial<Params>,
  now: Date,
  report: Report,
): OldTls | undefined => {
  if (domain === undefined || ip === undefined || noSsl !== false) {
    return undefined
  }
  const place = certificatePath(domain.name)
  const path = `${paths.oldTlsDir}/fullchain.cer`
  const certificate = plainText(host, path)
  const key = plainText(host, `${paths.oldTlsDir}/${domain.host}.key`)
  const there = plainText(host, certificateKeyPath(domain.name))
  if (
    certificate === undefined ||
    key === undefined ||
    host.look(place) !== undefined ||
    (there ?? key) !== key
  ) {
    return undefined
  }
  const read = readCertificateKey(key)
  const names = { host: domain.host, addresses: ip }
  const judged =
    typeof read === 'string'
      ? { state: 'fault' as const, message: `its key ${read}` }
      : judgeCertificate(certificate, read, names, now)
  if (judged.state !== 'good') {
    const why = judged.state === 'fault' ? judged.message : judged.reason
    report.warning(path, undefined, `is not taken over: ${why}`)
    return undefined
  }
  const message =
    `is taken over with its key as ${place}, for the ` +
    `${Math.floor(judged.daysLeft)} days that are left: let its renewal ` +
    `write to ${paths.tlsDir} and run cook`
  report.warning(path, undefined, message)
  return { key, certificate }
}
