import type { Params } from './params.ts'

/** How a connection to a mail server is secured. */
export type MailSecurity = 'none' | 'opportunistic' | 'starttls' | 'implicit'

const byPort: Readonly<Record<number, MailSecurity>> = {
  465: 'implicit',
  587: 'starttls',
}

/** The port of the mail server. */
export const mailPort = ({
  smtpPort,
  smtpTls,
}: Pick<Params, 'smtpPort' | 'smtpTls'>): number =>
  smtpPort ?? (smtpTls === 'implicit' ? 465 : 25)

/** From SMTPTLS, or from the port: RFC 8314 for 465, RFC 6409 for 587. */
export const mailSecurity = (
  params: Pick<Params, 'smtpPort' | 'smtpTls'>,
): MailSecurity =>
  params.smtpTls === 'auto'
    ? (byPort[mailPort(params)] ?? 'opportunistic')
    : params.smtpTls
