import { join } from 'node:path'
import type { Host } from '../../host/host.ts'
import { paths } from '../../contract/paths.ts'
import { show, type Report } from '../../contract/report.ts'

// What is in them Synapse writes, and cook leaves alone.
const folders = [paths.databaseDir, paths.mediaDir]

/**
 * Says when Synapse could not write its own files, as on a data set that was
 * put back under other user ids. At the top of each folder one tells of all.
 */
export const judgeOwners = (host: Host, report: Report): void => {
  const uid = host.uid('synapse')
  if (!host.privileged || uid === undefined) {
    return
  }
  for (const folder of folders) {
    const strange = host
      .list(folder)
      // File systems have hidden folders of their own.
      .filter(name => !name.startsWith('.'))
      .find(name => host.look(join(folder, name))?.uid !== uid)
    if (strange !== undefined) {
      const message =
        `${show(strange)} in it is not synapse's, and so cannot be written: ` +
        `with Synapse stopped run chown -R synapse:synapse ${folder}`
      report.warning(folder, undefined, message)
    }
  }
}
