import { join } from 'node:path'
import type { Host } from '../../host/host.ts'
import { paths } from '../../contract/paths.ts'
import { show, type Report } from '../../contract/report.ts'

// Synapse writes in these directories; cook does not touch their contents.
const folders = [paths.databaseDir, paths.mediaDir]

/**
 * Warns if Synapse cannot write its own files, as on a data set that was
 * restored with other user ids. The top level of each directory is enough.
 */
export const judgeOwners = (host: Host, report: Report): void => {
  const uid = host.uid('synapse')
  if (!host.privileged || uid === undefined) {
    return
  }
  for (const folder of folders) {
    const strange = host
      .list(folder)
      // File systems have hidden directories of their own.
      .filter(name => !name.startsWith('.'))
      .find(name => host.look(join(folder, name))?.uid !== uid)
    if (strange !== undefined) {
      const message =
        `contains ${show(strange)}, which synapse does not own: ` +
        `stop Synapse and run chown -R synapse:synapse ${folder}`
      report.warning(folder, undefined, message)
    }
  }
}
