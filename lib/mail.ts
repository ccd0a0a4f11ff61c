import type { Params } from './params.ts'

/** The mail server as Synapse's configuration has it, if there is one. */
export const mail = (params: Params) =>
  params.smtpHost === undefined
    ? undefined
    : {
        host: params.smtpHost,
        port: params.smtpPort,
        user: params.smtpUser,
        password: params.smtpPass,
        from: params.smtpFrom,
      }
