import type { Host } from '../../../host/host.ts'
import type { Params } from '../../../params/params.ts'
import { paths } from '../../../contract/paths.ts'
import { textOrFault } from '../../../engine/data-set/text-or-fault.ts'
import type { Report } from '../../../contract/report.ts'
import { Secret } from '../../../contract/secret.ts'
import { newSecret } from '../signing-key.ts'
import { passwordFault, userId } from '../../../formats/user-id.ts'

/**
 * The first administrator, if one is wanted and the data set has no record that
 * it was created.
 */
export interface RecalledAdmin {
  password: Secret
  /** The text of the file with a generated password. */
  file: Secret | undefined
}

const recallPassword = (host: Host, report: Report): RecalledAdmin => {
  const path = paths.adminPassword
  const text = textOrFault(host, path, report) ?? `${newSecret()}\n`
  const [password = ''] = text.split(/\r?\n/)
  const fault = passwordFault(password)
  if (fault !== undefined) {
    report.error(path, undefined, `its first line ${fault}: remove the file`)
  }
  return { password: new Secret(password), file: new Secret(text) }
}

/** Reads what the data set has about the first administrator. */
export const recallAdmin = (
  host: Host,
  { domain, adminUser, adminPass, ldapOnly }: Partial<Params>,
  report: Report,
): RecalledAdmin | undefined => {
  if (adminUser === undefined || domain === undefined) {
    return undefined
  }
  const made = textOrFault(host, paths.adminUser, report)?.trim()
  if (made === undefined) {
    if (ldapOnly) {
      // Nobody has to know it.
      return { password: new Secret(newSecret()), file: undefined }
    }
    return adminPass === undefined
      ? recallPassword(host, report)
      : { password: adminPass, file: undefined }
  }
  const wanted = userId(adminUser, domain.name)
  if (made !== wanted) {
    report.warning(
      'ADMINUSER',
      undefined,
      `${made} was created before, and cook does that only once: ` +
        `create another administrator with cook user --admin ${adminUser}`,
    )
  }
  return undefined
}
