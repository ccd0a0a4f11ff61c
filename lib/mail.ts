import { mailPort, mailSecurity } from './mail-security.ts'
import type { Params } from './params.ts'
import type { MailServer } from './step.ts'

/** The mail server for Synapse's configuration, if there is one. */
export const mail = (params: Params) =>
  params.smtpHost === undefined
    ? undefined
    : {
        host: params.smtpHost,
        port: mailPort(params),
        tls: mailSecurity(params),
        user: params.smtpUser,
        password: params.smtpPass,
        from: params.smtpFrom,
      }

/** The same server, for a probe. */
export const mailServers = (params: Params): MailServer[] => {
  const used = mail(params)
  if (used === undefined) {
    return []
  }
  const { host, port, tls, user, password } = used
  const login =
    user === undefined || password === undefined
      ? undefined
      : { user, password }
  return [{ kind: 'mail', host, port, tls, login }]
}
