import { mailPort, mailSecurity } from './mail-security.ts'
import type { Params } from './params.ts'

/** The mail server as Synapse's configuration has it, if there is one. */
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
