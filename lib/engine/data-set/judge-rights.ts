import { dirname } from 'node:path'
import { paths } from '../../contract/paths.ts'
import type { Report } from '../../contract/report.ts'
import type { Host } from '../../host/host.ts'

// The data set's own root folder: the administrator's, and so not cook's to
// change.
const mount = dirname(paths.data)

// Without an account the names of owners would mean nothing, and cook would
// give everything to root. A line that is cut off would take in what pw(8)
// adds.
const judgeAccounts = (host: Host, report: Report): void => {
  for (const path of ['/etc/passwd', '/etc/group']) {
    const text = host.text(path)
    const fault =
      text === undefined
        ? undefined
        : !/^[^:\n]+:[^:\n]*:\d+(:|$)/m.test(text)
          ? 'names nobody'
          : path === '/etc/passwd' && !text.endsWith('\n')
            ? 'ends in the middle of a line'
            : undefined
    if (fault !== undefined) {
      report.error(path, undefined, `${fault}: put it back from a backup`)
    }
  }
}

/**
 * Says when owners cannot be set, since then the result is not complete.
 * @param users those of services, to whom files are given
 */
export const judgeRights = (
  host: Host,
  users: readonly string[],
  report: Report,
): void => {
  judgeAccounts(host, report)
  const unknown = users.find(name => host.uid(name) === undefined)
  if (!host.privileged) {
    const message = 'not root: owners are left alone'
    report.warning('--root', undefined, message)
  } else if (!host.live && unknown !== undefined) {
    const message = `has no user ${unknown}: its files stay with root`
    report.warning('/etc/passwd', undefined, message)
  } else if (((host.look(mount)?.mode ?? 0o755) & 0o001) === 0) {
    const message =
      'is closed to other users, so services cannot reach their data: ' +
      `run chmod o+x ${mount}`
    report.error(mount, undefined, message)
  }
}
