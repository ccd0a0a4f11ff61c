import type { Host } from '../../host/host.ts'
import { paths } from '../../contract/paths.ts'
import type { Report } from '../../contract/report.ts'

/** Whether there is a database with something in it. */
export const hasDatabase = (host: Host): boolean =>
  (host.look(paths.database)?.size ?? 0) > 0

/** What is there only where Synapse has had a database. */
const traceOf = (host: Host): string | undefined => {
  const [media] = host.list(paths.mediaDir)
  return [
    paths.adminUser,
    paths.serviceAccount,
    ...(media === undefined ? [] : [`${paths.mediaDir}/${media}`]),
  ].find(path => host.look(path) !== undefined)
}

/**
 * Says when the database is gone from a data set that has had one. Synapse
 * would make an empty one, and clients whose sessions it does not know forget
 * the keys to their messages.
 */
export const judgeDatabase = (host: Host, report: Report): void => {
  const trace = hasDatabase(host) ? undefined : traceOf(host)
  if (trace !== undefined) {
    const message =
      `is missing or empty, but the data set had one, says ${trace}: put it ` +
      'back from a backup, or remove that to begin anew'
    report.error(paths.database, undefined, message)
  }
}
