import { trustFiles } from '../federation/federation-ca.ts'
import type { Host } from '../../../host/host.ts'
import { mailTrustsOwn } from './mail.ts'
import type { Params } from '../../../params/params.ts'
import { paths } from '../../../contract/paths.ts'
import { certificatesIn } from '../../../formats/pem.ts'
import { rcValue } from '../../../formats/rc-conf.ts'
import { recallCa, warnOfLost } from '../../../tls/recall-ca.ts'
import { show, type Report } from '../../../contract/report.ts'
import { systemRoots } from '../../../tls/system-roots.ts'

const name = 'SMTPCA'

/** The variable of rc.subr(8) that names a file with an environment. */
export const environmentVariable = 'synapse_env_file'

// rc.subr(8) reads the file first, so that synapse_env wins.
const judgeEnvironment = (host: Host, report: Report): void => {
  const file = rcValue(host, 'synapse', environmentVariable) ?? ''
  if (file !== '' && file !== paths.synapseEnv) {
    const message =
      `needs ${environmentVariable} in ${paths.rcConf}, which is set to ` +
      `${show(file)}: move the lines of that file to synapse_env, and remove ` +
      'the variable'
    report.error(name, undefined, message)
  }
  const own = rcValue(host, 'synapse', 'synapse_env') ?? ''
  if (/\bSSL_CERT_FILE=/.test(own)) {
    const message =
      `has no effect while synapse_env in ${paths.rcConf} sets ` +
      'SSL_CERT_FILE: remove that, and add its certificates to SMTPCA'
    report.error(name, undefined, message)
  }
}

/**
 * The PEM certificates that are trusted for the mail server: those of SMTPCA
 * and those of the system, which SSL_CERT_FILE would otherwise replace.
 */
export const recallMailCa = (
  host: Host,
  right: Partial<Params>,
  now: Date,
  report: Report,
): string | undefined => {
  if (right.smtpCa === undefined || !mailTrustsOwn(right)) {
    return undefined
  }
  const pem = recallCa(host, name, right.smtpCa, now, report)
  const given = certificatesIn(pem)
  const system = (systemRoots(host) ?? []).flatMap(certificatesIn)
  warnOfLost(name, given, system, report)
  judgeEnvironment(host, report)
  return trustFiles(given, system)
    .map(({ content }) => content)
    .join('')
}
