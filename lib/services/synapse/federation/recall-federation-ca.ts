import { trustFiles, type TrustFile } from './federation-ca.ts'
import { mailTrustsOwn } from '../mail/mail.ts'
import type { Host } from '../../../host/host.ts'
import type { Params } from '../../../params/params.ts'
import { certificatesIn } from '../../../formats/pem.ts'
import { recallCa, warnOfLost } from '../../../tls/recall-ca.ts'
import type { Report } from '../../../contract/report.ts'
import { systemRoots } from '../../../tls/system-roots.ts'

const name = 'FEDERATIONCA'

/**
 * The certificates that Synapse trusts for other servers: those of FEDERATIONCA
 * and those of the system, which the setting would otherwise replace. With
 * SMTPCA they are listed even without FEDERATIONCA: its authorities are for
 * mail, and not for other homeservers.
 */
export const recallFederationCa = (
  host: Host,
  right: Partial<Params>,
  now: Date,
  report: Report,
): TrustFile[] | undefined => {
  const { federationCa, federation } = right
  const isWanted = federationCa !== undefined || mailTrustsOwn(right)
  if (!isWanted || federation === false) {
    return undefined
  }
  const system = (systemRoots(host) ?? []).flatMap(certificatesIn)
  if (federationCa === undefined) {
    // Synapse refuses an empty list.
    return system.length === 0 ? undefined : trustFiles([], system)
  }
  const given = federationCa.flatMap(path =>
    certificatesIn(recallCa(host, name, path, now, report)),
  )
  if (system.length === 0) {
    const message =
      'this system has no root certificates (/etc/ssl/cert.pem, ' +
      '/etc/ssl/certs): only servers with these certificates are trusted'
    report.warning(name, undefined, message)
  }
  warnOfLost(name, given, system, report)
  return trustFiles(given, system)
}
