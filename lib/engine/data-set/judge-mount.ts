import { dirname } from 'node:path'
import type { Host } from '../../host/host.ts'
import type { Params } from '../../params/params.ts'
import { paths } from '../../contract/paths.ts'
import { readRecord } from '../record/record.ts'
import type { Report } from '../../contract/report.ts'

const mount = dirname(paths.data)

/** Whether something is mounted there, by its device. */
const isMount = (host: Host, path: string): boolean => {
  const own = host.look('/')?.dev
  const there = host.look(path)?.dev
  return there !== undefined && there !== own
}

// A container's volume may be of the same device. Where there is such a file,
// it has the place of each mount as the fifth word (proc_pid_mountinfo(5)).
const isVolume = (host: Host, path: string): boolean =>
  (host.text(`/proc/${host.pid}/mountinfo`) ?? '')
    .split('\n')
    .some(line => line.split(' ')[4] === path)

/**
 * Says when nothing is mounted where the data set should be: what cannot be
 * made again would then go with the jail. Where the jail has been another
 * server it is a fault: more likely that one's data set is missing.
 */
export const judgeMount = (
  host: Host,
  { domain }: Partial<Params>,
  report: Report,
): void => {
  const places = [mount, paths.data]
  if (
    !host.live ||
    places.some(path => isMount(host, path) || isVolume(host, path))
  ) {
    return
  }
  const before = readRecord(host)?.domain
  if (before !== undefined && domain !== undefined && before !== domain.name) {
    const message =
      `is no mount, and this jail was ${before}, says ${paths.record}: mount ` +
      'its data set, or remove that file to make another server here'
    report.error(mount, undefined, message)
  } else {
    const message =
      'is no mount, so that the homeserver and all its messages go with this ' +
      'jail: pot mount-in -m /mnt mounts a data set'
    report.warning(mount, undefined, message)
  }
}
