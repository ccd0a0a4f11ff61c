import { accountStep } from './administrator.ts'
import type { Params } from '../../../params/params.ts'
import { paths } from '../../../contract/paths.ts'
import type { RecalledAdmin } from './recall-admin.ts'
import type { FileStep, RemovalStep, Step } from '../../../engine/steps/step.ts'
import { userId } from '../../../formats/user-id.ts'

const access = { owner: 'root', group: 'wheel' }

/**
 * The first administrator of Synapse, created once. A generated password is on
 * the disk before the account exists, so that no kill loses it.
 */
export const admin = (
  { adminUser, domain, ldapOnly }: Params,
  admin: RecalledAdmin | undefined,
): Step[] => {
  if (adminUser === undefined || admin === undefined) {
    return []
  }
  const path = paths.adminPassword
  const file: FileStep | RemovalStep =
    admin.file === undefined
      ? // A password that was generated before ADMINPASS was given is unused.
        { kind: 'removal', path }
      : { kind: 'file', path, content: admin.file, ...access, mode: 0o600 }
  return [
    { kind: 'dir', path: paths.recordDir, ...access, mode: 0o700 },
    file,
    accountStep({
      name: userId(adminUser, domain.name),
      user: adminUser,
      password: admin.password,
      remembered: paths.adminUser,
      passwordFile: admin.file && path,
      byLdap: ldapOnly,
    }),
  ]
}
