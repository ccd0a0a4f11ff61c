import { trustPaths } from './federation/federation-ca.ts'
import { ldap, ldapUris } from './ldap/ldap.ts'
import { federationPort, listeners } from './listeners.ts'
import { mail } from './mail/mail.ts'
import type { Params } from '../../params/params.ts'
import {
  certificateKeyPath,
  certificatePath,
  paths,
  signingKeyPath,
} from '../../contract/paths.ts'
import type { Recalled } from './recall.ts'
import { trimmed } from '../../contract/secret.ts'
import { render, type Values } from '../../formats/template.ts'

/**
 * Where clients connect. A server name without a port does not tell it: to a
 * proxy on 443, or to Synapse itself.
 */
export const publicUrl = ({ publicUrl, domain, noSsl }: Params): string =>
  publicUrl ??
  (noSsl || domain.port !== undefined
    ? `https://${domain.name}/`
    : `https://${domain.name}:${federationPort}/`)

const registrationBy = (params: Params): string =>
  params.registrationEnable
    ? (params.registrationVerify ??
      (params.smtpHost === undefined ? 'token' : 'email'))
    : 'closed'

/** The text of homeserver.yaml, local overrides included. */
export const homeserver = (params: Params, recalled: Recalled): string => {
  const name = params.domain.name
  const { macaroon, form, registration } = recalled.secrets
  const directory = ldap(params)
  const values: Values = {
    overlayDir: paths.overlayDir,
    serverName: name,
    publicUrl: publicUrl(params),
    adminContact: `mailto:${params.alertEmail}`,
    reportStats: params.reportStats,
    pidFile: paths.pidFile,
    logConfig: paths.logConfig,
    listeners: listeners(params),
    resources: params.federation ? ['client', 'federation'] : ['client'],
    tls: params.noSsl
      ? undefined
      : { certificate: certificatePath(name), key: certificateKeyPath(name) },
    federation: params.federation,
    federationCa: recalled.federationCa && trustPaths(recalled.federationCa),
    database: paths.database,
    mediaDir: paths.mediaDir,
    maxUpload: params.maxUpload,
    signingKey: signingKeyPath(name),
    macaroonSecret: trimmed(macaroon),
    formSecret: trimmed(form),
    registrationSecret:
      params.mySharedSecret ?? (registration && trimmed(registration)),
    registration: registrationBy(params),
    mail: mail(params),
    ldap: directory,
    ldapOnly: params.ldapOnly,
    ldapUris: directory && ldapUris(directory),
  }
  const text = render('homeserver.yaml', values)
  return recalled.overlays?.layOver(text) ?? text
}
