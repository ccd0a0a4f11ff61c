import type { Host } from '../../host/host.ts'
import { judgeDatabase } from './database/judge-database.ts'
import type { TrustFile } from './federation/federation-ca.ts'
import { secretPath, type SecretName } from '../../contract/paths.ts'
import { recallAdmin, type RecalledAdmin } from './accounts/recall-admin.ts'
import { recallFederationCa } from './federation/recall-federation-ca.ts'
import { recallSigningKey } from './identity.ts'
import { recallMailCa } from './mail/recall-mail-ca.ts'
import { recallLdapCa } from './ldap/recall-ldap-ca.ts'
import { recallOld, type Old } from '../../takeover/recall-old.ts'
import { recallOverlays, type Overlays } from './overlays/recall-overlays.ts'
import { textOrFault } from '../../engine/data-set/text-or-fault.ts'
import type { Report } from '../../contract/report.ts'
import { Secret, trimmed } from '../../contract/secret.ts'
import type { Given } from '../../engine/service.ts'
import { newSecret } from './signing-key.ts'
import { recallTls, type RecalledTls } from './tls/recall-tls.ts'

/** What is on the disk, and new values in memory for what is missing there. */
export interface Recalled {
  signingKey: Secret
  /** The texts of the files in the keys directory, by file name. */
  secrets: {
    macaroon: Secret
    form: Secret
    /** Only if MYSHAREDSECRET is not given. */
    registration?: Secret
  }
  tls: RecalledTls | undefined
  overlays: Overlays | undefined
  /** The certificates that are trusted for other servers, if configured. */
  federationCa?: TrustFile[] | undefined
  /** The PEM certificates that are trusted for mail, if SMTPCA adds some. */
  mailCa?: string | undefined
  /** The PEM certificates that are trusted for LDAP servers, if configured. */
  ldapCa?: string | undefined
  admin?: RecalledAdmin | undefined
  /** The configuration that cook replaces, if another program wrote it. */
  oldHomeserver?: NonNullable<Old['homeserver']>
}

const recallSecret = (
  host: Host,
  name: SecretName,
  report: Report,
  old?: Old,
): Secret => {
  const path = secretPath(name)
  const text = textOrFault(host, path, report)
  if (text?.trim() === '') {
    report.error(path, undefined, 'is empty, but should contain a secret')
  } else if (/\p{Cc}/u.test(text?.trim() ?? '')) {
    report.error(path, undefined, 'is not one line of text')
  }
  return text === undefined
    ? (old?.secrets[name] ?? new Secret(newSecret()))
    : new Secret(text)
}

/**
 * Reads the data set: identity, secrets, certificate, local overrides. Errors
 * go into the report. With invalid parameters it still checks whatever the
 * valid ones allow, so that one report lists all errors.
 */
export const recall = async ({
  host,
  right,
  now,
  report,
}: Given): Promise<Recalled | undefined> => {
  const { domain, ip, noSsl } = right
  const overlays = await recallOverlays(host, right, report)
  const federationCa = recallFederationCa(host, right, now, report)
  const mailCa = recallMailCa(host, right, now, report)
  const ldapCa = recallLdapCa(host, right, now, report)
  const old = await recallOld(host, right, overlays, now, report)
  if (!overlays?.replace('database')) {
    judgeDatabase(host, report)
  }
  if (domain === undefined) {
    return undefined
  }
  return {
    signingKey: recallSigningKey(host, domain, report, old?.signingKey),
    secrets: {
      macaroon: recallSecret(host, 'macaroon', report, old),
      form: recallSecret(host, 'form', report, old),
      ...(right.mySharedSecret === undefined
        ? { registration: recallSecret(host, 'registration', report, old) }
        : {}),
    },
    tls:
      noSsl === false && right.edge === false && ip !== undefined
        ? recallTls(host, domain, ip, now, report, old?.tls, federationCa)
        : undefined,
    overlays,
    federationCa,
    mailCa,
    ldapCa,
    admin: recallAdmin(host, right, report),
    ...(old?.homeserver === undefined ? {} : { oldHomeserver: old.homeserver }),
  }
}

/** The secrets that Synapse has, and so could repeat. */
export const secretsOf = ({ secrets, overlays }: Recalled): string[] => [
  ...Object.values(secrets).map(each => trimmed(each).reveal()),
  ...(overlays?.secrets() ?? []),
]
