import { dirname } from 'node:path'
import type { Host } from './host.ts'
import { paths } from './paths.ts'
import type { Report } from './report.ts'

/**
 * Says when nothing is mounted where the data set should be: what cannot be
 * made again would then go with the jail. A mount is known by its device.
 */
export const judgeMount = (host: Host, report: Report): void => {
  const places = [paths.data, dirname(paths.data)]
  const own = host.look('/')?.dev
  const isMounted = places.some(path => (host.look(path)?.dev ?? own) !== own)
  if (host.live && !isMounted) {
    const message =
      'is no mount, so the homeserver and all its messages go with this ' +
      'jail: pot mount-in -m /mnt mounts a data set'
    report.warning(dirname(paths.data), undefined, message)
  }
}
