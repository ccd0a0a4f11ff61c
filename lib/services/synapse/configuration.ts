import { trustPaths } from './federation/federation-ca.ts'
import { ldap, ldapUris } from './ldap/ldap.ts'
import { listeners, servesTls } from './listeners.ts'
import { mail } from './mail/mail.ts'
import type { Params } from '../../params/params.ts'
import { publicUrlOf } from '../../params/public-url.ts'
import { signUpBy } from '../../params/sign-up.ts'
import {
  certificateKeyPath,
  certificatePath,
  paths,
  signingKeyPath,
} from '../../contract/paths.ts'
import { calls } from './calls/calls.ts'
import type { Recalled } from './recall.ts'
import { trimmed } from '../../contract/secret.ts'
import { render, type Values } from '../../formats/template.ts'

// The service that lets users into calls asks Synapse who they are, at a path
// of other servers that `federation` includes.
const resources = ({ federation, rtcJwt }: Params): string[] => [
  'client',
  ...(federation ? ['federation'] : rtcJwt === undefined ? [] : ['openid']),
]

/** The text of homeserver.yaml, local overrides included. */
export const homeserver = (params: Params, recalled: Recalled): string => {
  const name = params.domain.name
  const { macaroon, form, registration } = recalled.secrets
  const directory = ldap(params)
  const values: Values = {
    overlayDir: paths.overlayDir,
    serverName: name,
    publicUrl: publicUrlOf(params),
    adminContact: `mailto:${params.alertEmail}`,
    reportStats: params.reportStats,
    pidFile: paths.pidFile,
    logConfig: paths.logConfig,
    listeners: listeners(params),
    resources: resources(params),
    tls: servesTls(params)
      ? { certificate: certificatePath(name), key: certificateKeyPath(name) }
      : undefined,
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
    registration: signUpBy(params),
    mail: mail(params),
    ldap: directory,
    ...calls(params),
    ldapOnly: params.ldapOnly,
    ldapUris: directory && ldapUris(directory),
  }
  const text = render('homeserver.yaml', values)
  return recalled.overlays?.layOver(text) ?? text
}
