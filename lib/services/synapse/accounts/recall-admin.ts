import type { Host } from '../../../host/host.ts'
import type { Params } from '../../../params/params.ts'
import { paths } from '../../../contract/paths.ts'
import { textOrFault } from '../../../engine/data-set/text-or-fault.ts'
import type { Report } from '../../../contract/report.ts'
import { Secret } from '../../../contract/secret.ts'
import { newSecret } from '../signing-key.ts'
import { passwordFault, userId } from '../../../formats/user-id.ts'

/**
 * The first administrator, where one is wanted and the data set does not say
 * that it was made.
 */
export interface RecalledAdmin {
  password: Secret
  /** The text of the file in which a generated password is. */
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

/** Reads what the data set knows of the first administrator. */
export const recallAdmin = (
  host: Host,
  { domain, adminUser, adminPass }: Partial<Params>,
  report: Report,
): RecalledAdmin | undefined => {
  if (adminUser === undefined || domain === undefined) {
    return undefined
  }
  const made = textOrFault(host, paths.adminUser, report)?.trim()
  if (made === undefined) {
    return adminPass === undefined
      ? recallPassword(host, report)
      : { password: adminPass, file: undefined }
  }
  const wanted = userId(adminUser, domain.name)
  if (made !== wanted) {
    report.warning(
      'ADMINUSER',
      undefined,
      `it was ${made} before, and that is done once only: ` +
        `cook user --admin ${adminUser} makes another administrator`,
    )
  }
  return undefined
}
