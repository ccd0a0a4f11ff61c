import { mailPort, mailSecurity } from '../../../params/mail-security.ts'
import type { Params } from '../../../params/params.ts'
import type { MailServer } from './probe-mail.ts'
import type { Outside } from '../../../engine/steps/step.ts'
import { systemRoots } from '../../../tls/system-roots.ts'

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
  return [{ host, port, tls, login }]
}

/** A mail server, to be asked once. */
export const mailOutside = (server: MailServer): Outside => ({
  what: 'mail server',
  host: server.host,
  port: server.port,
  ask: async (host, time) => {
    const { probeMail } = await import('./probe-mail.ts')
    await probeMail(server, systemRoots(host) ?? [], host, time)
  },
})
