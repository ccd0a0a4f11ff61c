import type { Host } from '../../../host/host.ts'
import { trustsOwn } from './ldap.ts'
import type { Params } from '../../../params/params.ts'
import { certificatesIn } from '../../../formats/pem.ts'
import { recallCa, warnOfLost } from '../../../tls/recall-ca.ts'
import type { Report } from '../../../contract/report.ts'

const name = 'LDAPCA'

/**
 * The PEM certificates that are trusted for LDAP servers, if not those of the
 * system.
 */
export const recallLdapCa = (
  host: Host,
  right: Partial<Params>,
  now: Date,
  report: Report,
): string | undefined => {
  if (right.ldapCa === undefined || !trustsOwn(right)) {
    return undefined
  }
  const pem = recallCa(host, name, right.ldapCa, now, report)
  warnOfLost(name, certificatesIn(pem), [], report)
  return pem
}
