import type { Host } from '../../host/host.ts'
import type { Report } from '../../contract/report.ts'
import { unwritable, unwritableFault } from './diagnosis/unwritable.ts'

/**
 * Warns if Synapse cannot write its own files, as after a start as root, or on
 * a data set that was restored with other user ids: once for each directory.
 */
export const judgeOwners = (host: Host, report: Report): void => {
  const all = unwritable(host)
  all
    .filter(
      ({ folder }, index) =>
        all.findIndex(each => each.folder === folder) === index,
    )
    .forEach(each =>
      report.warning(each.folder, undefined, unwritableFault(each)),
    )
}
