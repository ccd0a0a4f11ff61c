import { isIPv4 } from 'node:net'
import { isAsked } from './asked.ts'
import { judgeEdge } from './check-edge.ts'
import type { Gathered } from './gather.ts'
import { kinds } from './kind.ts'
import { mailSecurity } from './mail-security.ts'
import { paramKey, rows, type ParamName, type Params } from './params.ts'
import { isSecret, type Row } from './row.ts'
import { listed, show, type Report } from '../contract/report.ts'
import { reveal } from '../contract/secret.ts'
import { lengthFault, passwordFault } from '../formats/user-id.ts'

const longest = 64 * 1024

/** The error in a text that no kind allows, as the end of a message. */
const textFault = (text: string): string | undefined => {
  if (Buffer.byteLength(text) > longest) {
    return 'is longer than 64 KiB'
  }
  const control = text.match(/\p{Cc}/u)?.[0]
  if (control !== undefined) {
    const code = control.charCodeAt(0).toString(16).padStart(4, '0')
    return `contains a control character (U+${code.toUpperCase()})`
  }
  // A decoder writes U+FFFD for bytes that it cannot decode.
  return !text.isWellFormed() || text.includes('\ufffd')
    ? 'is not UTF-8 text'
    : undefined
}

const judge = (row: Row, gathered: Gathered, report: Report): unknown => {
  const raw = gathered.get(row.name)
  const text = raw === undefined ? row.default : reveal(raw.value)
  if (text === undefined) {
    if (row.required) {
      const message = `required, for example ${row.example}`
      report.error(row.name, 'missing', message)
    }
    return undefined
  }
  const fault = textFault(text)
  const parsed = fault === undefined ? kinds[row.kind].parse(text) : { fault }
  if ('value' in parsed) {
    return parsed.value
  }
  const shown = isSecret(row) ? 'its value' : show(text)
  report.error(row.name, raw?.source ?? 'default', `${shown} ${parsed.fault}`)
  return undefined
}

const ofLdap: readonly ParamName[] = [
  'LDAPSERVER',
  'LDAPPASSWORD',
  'LDAPDOMAIN',
]

const withLdap: readonly ParamName[] = [
  'LDAPTLS',
  'LDAPCA',
  'LDAPBASE',
  'LDAPBINDDN',
  'LDAPFILTER',
  'LDAPUID',
  'LDAPMAIL',
  'LDAPNAME',
  'LDAPONLY',
]

/** Parameters that are useful only together: `name` needs all the others. */
const together: readonly (readonly [ParamName, ...ParamName[]])[] = [
  ['SMTPHOST', 'SMTPFROM'],
  ['SMTPFROM', 'SMTPHOST'],
  ['SMTPCA', 'SMTPHOST'],
  ['SMTPUSER', 'SMTPPASS', 'SMTPHOST'],
  ['SMTPPASS', 'SMTPUSER', 'SMTPHOST'],
  ['ADMINPASS', 'ADMINUSER'],
  ['ACMEKID', 'ACMEHMAC'],
  ['ACMEHMAC', 'ACMEKID'],
  ['TURNURIS', 'TURNSECRET'],
  ['TURNSECRET', 'TURNURIS'],
  ['RTCURL', 'RTCJWT'],
  ['RTCJWT', 'RTCURL'],
  ...[...ofLdap, ...withLdap].map(
    name => [name, ...ofLdap.filter(each => each !== name)] as const,
  ),
]

const judgeGroups = (gathered: Gathered, report: Report): void => {
  const wantedBy = new Map<ParamName, ParamName[]>()
  for (const [name, ...needed] of together) {
    for (const each of isAsked(name, gathered) ? needed : []) {
      if (!gathered.has(each)) {
        wantedBy.set(each, [...(wantedBy.get(each) ?? []), name])
      }
    }
  }
  for (const [missing, by] of wantedBy) {
    report.error(missing, 'missing', `required by ${listed(by)}`)
  }
}

const judgeRegistration = (
  gathered: Gathered,
  params: Partial<Params>,
  report: Report,
): void => {
  if (params.registrationVerify === 'email' && !gathered.has('SMTPHOST')) {
    const source = gathered.get('REGISTRATIONVERIFY')?.source
    report.error('REGISTRATIONVERIFY', source, '"email" needs SMTPHOST')
  }
}

const isHere = (host: string): boolean =>
  host === 'localhost' ||
  host === '::1' ||
  (isIPv4(host) && host.startsWith('127.'))

const judgeMail = (
  gathered: Gathered,
  { smtpHost, smtpPort, smtpTls, smtpPass }: Partial<Params>,
  report: Report,
): void => {
  if (smtpTls === 'none' && gathered.has('SMTPCA')) {
    const message = 'has no effect with SMTPTLS=none'
    report.warning('SMTPCA', gathered.get('SMTPCA')?.source, message)
  }
  const portIsWrong = smtpPort === undefined && gathered.has('SMTPPORT')
  if (!smtpHost || isHere(smtpHost) || !smtpPass || !smtpTls || portIsWrong) {
    return
  }
  const security = mailSecurity({ smtpPort, smtpTls })
  const clear = {
    none: 'with SMTPTLS=none',
    opportunistic:
      'if the server offers no TLS: set SMTPTLS=starttls to require it',
    starttls: undefined,
    implicit: undefined,
  }[security]
  if (clear !== undefined) {
    const source = gathered.get('SMTPPASS')?.source
    report.warning('SMTPPASS', source, `is sent unencrypted ${clear}`)
  }
}

const judgeLdap = (
  gathered: Gathered,
  { ldapServer, ldapTls }: Partial<Params>,
  report: Report,
): void => {
  if (ldapServer === undefined || ldapTls !== 'none') {
    return
  }
  const source = gathered.get('LDAPTLS')?.source ?? 'default'
  const others = ldapServer.filter(host => !isHere(host))
  if (others.length > 0) {
    const message =
      `"none" sends passwords unencrypted to ${listed(others)}: ` +
      'use starttls or ldaps'
    report.warning('LDAPTLS', source, message)
  }
  if (gathered.has('LDAPCA')) {
    const message = 'has no effect with LDAPTLS=none'
    report.warning('LDAPCA', gathered.get('LDAPCA')?.source, message)
  }
}

// The person who registered an account and the LDAP user of its name share it.
const judgeStrangers = (
  gathered: Gathered,
  { ldapServer, ldapOnly, registrationEnable, adminPass }: Partial<Params>,
  report: Report,
): void => {
  if (ldapServer === undefined) {
    return
  }
  const source = gathered.get('REGISTRATIONENABLE')?.source
  if (registrationEnable && ldapOnly) {
    const message =
      '"yes" has no use with LDAPONLY=yes: who registers could never log in ' +
      'again: set one of them to no'
    report.error('REGISTRATIONENABLE', source, message)
  } else if (registrationEnable) {
    const message =
      '"yes" lets others register the name of an LDAP user who has not logged ' +
      'in yet, and then both use the same account: set it to no'
    report.warning('REGISTRATIONENABLE', source, message)
  }
  if (ldapOnly && adminPass !== undefined) {
    const message =
      'has no effect with LDAPONLY=yes: ADMINUSER logs in with the password ' +
      'that it has in LDAP'
    report.warning('ADMINPASS', gathered.get('ADMINPASS')?.source, message)
  }
}

const judgeAdmin = (
  gathered: Gathered,
  { domain, adminUser, adminPass }: Partial<Params>,
  report: Report,
): void => {
  const long = adminUser && domain && lengthFault(adminUser, domain.name)
  if (long) {
    const source = gathered.get('ADMINUSER')?.source
    report.error('ADMINUSER', source, `${show(adminUser)} ${long}`)
  }
  const fault = adminPass && passwordFault(adminPass.reveal())
  if (fault) {
    const source = gathered.get('ADMINPASS')?.source
    report.error('ADMINPASS', source, `its value ${fault}`)
  }
}

/**
 * Validates all gathered values and reports every error.
 * @returns the valid parameters; and all of them as `params` if there is no
 *   error.
 */
export const check = (
  gathered: Gathered,
  report: Report,
): { right: Partial<Params>; params: Params | undefined } => {
  const right: Partial<Params> = Object.fromEntries(
    rows.map(row => [paramKey(row), judge(row, gathered, report)]),
  )
  judgeGroups(gathered, report)
  judgeRegistration(gathered, right, report)
  judgeMail(gathered, right, report)
  judgeLdap(gathered, right, report)
  judgeStrangers(gathered, right, report)
  judgeAdmin(gathered, right, report)
  judgeEdge(gathered, right, report)
  return { right, params: report.failed() ? undefined : (right as Params) }
}
