import type { Host } from '../../../host/host.ts'
import { paths } from '../../../contract/paths.ts'
import type { Report } from '../../../contract/report.ts'

/** Whether there is a database that is not empty. */
export const hasDatabase = (host: Host): boolean =>
  (host.look(paths.database)?.size ?? 0) > 0

/** A file that exists only if Synapse has had a database. */
export const traceOf = (host: Host): string | undefined => {
  const [media] = host.list(paths.mediaDir)
  return [
    paths.adminUser,
    paths.serviceAccount,
    ...(media === undefined ? [] : [`${paths.mediaDir}/${media}`]),
  ].find(path => host.look(path) !== undefined)
}

/**
 * Reports a database that is gone from a data set that had one. Synapse would
 * create an empty one, and clients whose sessions it does not know delete the
 * keys to their messages.
 */
export const judgeDatabase = (host: Host, report: Report): void => {
  const trace = hasDatabase(host) ? undefined : traceOf(host)
  if (trace !== undefined) {
    const message =
      `is missing or empty, but ${trace} shows that the data set had one: ` +
      `restore it from a backup, or remove ${trace} to start over`
    report.error(paths.database, undefined, message)
  }
}
