import type { Host } from '../../../host/host.ts'
import { addressIn } from '../../../params/kinds/mail.ts'
import { mailPort, mailSecurity } from '../../../params/mail-security.ts'
import type { Params } from '../../../params/params.ts'
import type { MailServer } from './probe-mail.ts'
import { paths } from '../../../contract/paths.ts'
import type { Outside } from '../../../engine/steps/daemon.ts'
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
        caPath: mailTrustsOwn(params) ? paths.mailCa : undefined,
      }

/** Whether SMTPCA adds to the system's certificates. */
export const mailTrustsOwn = ({
  smtpHost,
  smtpTls,
  smtpCa,
}: Partial<Params>): boolean =>
  smtpHost !== undefined && smtpTls !== 'none' && smtpCa !== undefined

/** The same server, for a probe. */
export const mailServers = (params: Params): MailServer[] => {
  const used = mail(params)
  if (used === undefined) {
    return []
  }
  const { host, port, tls, user, password, caPath, from = '' } = used
  const login =
    user === undefined || password === undefined
      ? undefined
      : { user, password }
  const envelope = { from: addressIn(from), to: params.alertEmail }
  return [{ host, port, tls, login, caPath, envelope }]
}

/** The authorities that Synapse trusts there, in PEM. */
export const mailRoots = ({ caPath }: MailServer, host: Host): string[] =>
  caPath === undefined
    ? (systemRoots(host) ?? [])
    : [host.text(caPath) ?? []].flat()

/** A mail server, to be asked once. */
export const mailOutside = (server: MailServer): Outside => ({
  what: 'mail server',
  host: server.host,
  port: server.port,
  ask: async (host, time) => {
    const { probeMail } = await import('./probe-mail.ts')
    await probeMail(server, mailRoots(server, host), host, time)
  },
})
