import { dirname } from 'node:path'
import type { Host } from '../../host/host.ts'
import type { Params } from '../../params/params.ts'
import { paths } from '../../contract/paths.ts'
import { readRecord } from '../record/record.ts'
import type { Report } from '../../contract/report.ts'

const mount = dirname(paths.data)

/** Whether a path is a mount point, by its device number. */
const isMount = (host: Host, path: string): boolean => {
  const own = host.look('/')?.dev
  const there = host.look(path)?.dev
  return there !== undefined && there !== own
}

// The volume of a Linux container can have the same device number. There, the
// fifth field of this file is a mount point (proc_pid_mountinfo(5)).
const isVolume = (host: Host, path: string): boolean =>
  (host.text(`/proc/${host.pid}/mountinfo`) ?? '')
    .split('\n')
    .some(line => line.split(' ')[4] === path)

/**
 * Reports that no file system is mounted for the data set: everything that
 * cannot be made again would be lost with the jail. It is an error if the jail
 * had another server name, because then the right data set is probably just not
 * mounted.
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
      `is not a mount point, and this jail was ${before} (${paths.record}): ` +
      'mount its data set, or remove that file to create another server here'
    report.error(mount, undefined, message)
  } else {
    const message =
      'is not a mount point, so the homeserver and all its messages are lost ' +
      'with this jail: mount a data set with pot mount-in -m /mnt'
    report.warning(mount, undefined, message)
  }
}
