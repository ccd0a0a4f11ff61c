import { join } from 'node:path'
import type { Host } from '../../host/host.ts'
import { paths } from '../../contract/paths.ts'
import { show, type Report } from '../../contract/report.ts'

type Stat = NonNullable<ReturnType<Host['look']>>

// The directories that root reads on the data set. It reads nothing in those of
// other users.
const ours = [
  paths.keysDir,
  paths.tlsDir,
  paths.overlayDir,
  paths.recordDir,
  paths.sshKeysDir,
]

/** Whether another user than root can create files in a directory. */
export const isOpen = ({ uid, mode }: Stat): boolean =>
  uid !== 0 || (mode & 0o022) !== 0

// On FreeBSD every user can create a hard link to a file that root owns.
const isStrange = ({ type, uid, names }: Stat): boolean =>
  uid !== 0 || (type !== 'dir' && names !== 1)

/** The first file in a directory that another user may have put there. */
const strangeIn = (host: Host, path: string): string | undefined => {
  const stat = host.look(path)
  return stat?.type === 'dir' && isOpen(stat)
    ? host.list(path).find(name => {
        const each = host.look(join(path, name))
        return each !== undefined && isStrange(each)
      })
    : undefined
}

/**
 * Reports files in cook's directories that another user than root may have put
 * there. In a potluck jail a service's user owns the data set: until cook has
 * changed that, this user can create directories of these names, with its own
 * files or with links to root's (promise 7).
 * @returns whether the directories may be read
 */
export const judgeFolders = (host: Host, report: Report): boolean => {
  const faults = (host.privileged ? ours : []).flatMap(path => {
    const strange = strangeIn(host, path)
    return host.look(path)?.type === 'link'
      ? [[path, 'is a symbolic link, but must be a directory'] as const]
      : strange === undefined
        ? []
        : [
            [
              path,
              'other users could write to this directory and may have put ' +
                `${show(strange)} there: remove it, or make it a file owned ` +
                'by root without other hard links',
            ] as const,
          ]
  })
  faults.forEach(([path, message]) => report.error(path, undefined, message))
  return faults.length === 0
}
