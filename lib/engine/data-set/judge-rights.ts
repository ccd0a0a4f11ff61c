import { dirname } from 'node:path'
import { paths } from '../../contract/paths.ts'
import type { Report } from '../../contract/report.ts'
import type { Host } from '../../host/host.ts'

// The root directory of the data set: it is the administrator's, so cook does
// not change it.
const mount = dirname(paths.data)

// Without accounts cook cannot look up owners, and root would own everything.
// If the last line is incomplete, pw(8) appends its own to it.
const judgeAccounts = (host: Host, report: Report): void => {
  for (const path of ['/etc/passwd', '/etc/group']) {
    const text = host.text(path)
    const fault =
      text === undefined
        ? undefined
        : !/^[^:\n]+:[^:\n]*:\d+(:|$)/m.test(text)
          ? 'has no entries'
          : path === '/etc/passwd' && !text.endsWith('\n')
            ? 'ends in the middle of a line'
            : undefined
    if (fault !== undefined) {
      report.error(path, undefined, `${fault}: restore it from a backup`)
    }
  }
}

/**
 * Reports that owners cannot be set, so the result would be incomplete.
 * @param users the users of services, who will own files
 */
export const judgeRights = (
  host: Host,
  users: readonly string[],
  report: Report,
): void => {
  judgeAccounts(host, report)
  const unknown = users.find(name => host.uid(name) === undefined)
  if (!host.privileged) {
    const message = 'not root: owners are not changed'
    report.warning('--root', undefined, message)
  } else if (!host.live && unknown !== undefined) {
    const message = `has no user ${unknown}: root will own its files`
    report.warning('/etc/passwd', undefined, message)
  } else if (((host.look(mount)?.mode ?? 0o755) & 0o001) === 0) {
    const message =
      'is not accessible to other users, so services cannot reach their data: ' +
      `run chmod o+x ${mount}`
    report.error(mount, undefined, message)
  }
}
