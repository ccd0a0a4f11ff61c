import { join } from 'node:path'
import type { Host } from '../../host/host.ts'
import { paths } from '../../contract/paths.ts'
import { show, type Report } from '../../contract/report.ts'

type Stat = NonNullable<ReturnType<Host['look']>>

// The directories that root reads on the data set. It reads nothing in those of
// other users.
const ours: readonly string[] = [
  paths.keysDir,
  paths.tlsDir,
  paths.overlayDir,
  paths.recordDir,
  paths.sshKeysDir,
]

/** Whether another user than root can create files in a directory. */
export const isOpen = ({ uid, mode }: Stat): boolean =>
  uid !== 0 || (mode & 0o022) !== 0

/** The directories on the data set in which every file is root's. */
export const isOurs = (path: string): boolean => ours.includes(path)

// On FreeBSD every user can create a hard link to a file that root owns.
const isStrange = (
  { type, uid, names }: Stat,
  folder: { open: boolean },
): boolean => uid !== 0 || (folder.open && type !== 'dir' && names !== 1)

/**
 * How to fix it. Not by chown(8): the earlier owner can still write to a file that
 * it has open.
 */
export const remedy = 'remove it, or replace it with a copy that root owns'

/** What is wrong with a directory, or undefined. */
const faultOf = (
  host: Host,
  path: string,
  wasOpen: boolean,
): string | undefined => {
  const stat = host.look(path)
  if (stat?.type === 'link') {
    return 'is a symbolic link, but must be a directory'
  }
  if (stat?.type !== 'dir') {
    return undefined
  }
  const open = wasOpen || isOpen(stat)
  const strange = host.list(path).find(name => {
    const each = host.look(join(path, name))
    return each !== undefined && isStrange(each, { open })
  })
  return strange === undefined
    ? undefined
    : open
      ? 'other users could write to this directory and may have put ' +
        `${show(strange)} there: ${remedy}`
      : `contains ${show(strange)}, which root does not own: ${remedy}`
}

/**
 * Reports files in cook's directories that another user than root may have put
 * there. In a potluck jail a service's user owns the data set: until cook has
 * changed that, this user can create directories of these names, with its own
 * files or with links to root's (promise 7).
 * @param opened those that were open until this run has closed them
 * @returns whether the directories may be read
 */
export const judgeFolders = (
  host: Host,
  report: Report,
  opened: readonly string[] = [],
): boolean => {
  const faults = (host.privileged ? ours : []).flatMap(path => {
    const fault = faultOf(host, path, opened.includes(path))
    return fault === undefined ? [] : [[path, fault] as const]
  })
  faults.forEach(([path, message]) => report.error(path, undefined, message))
  return faults.length === 0
}
