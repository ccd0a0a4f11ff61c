import { join } from 'node:path'
import type { Host } from '../../host/host.ts'
import { paths } from '../../contract/paths.ts'
import { show, type Report } from '../../contract/report.ts'

type Stat = NonNullable<ReturnType<Host['look']>>

// What root reads on the data set. What is in the folders of other users it does
// not read.
const ours = [
  paths.keysDir,
  paths.tlsDir,
  paths.overlayDir,
  paths.recordDir,
  paths.sshKeysDir,
]

/** Whether others than root can put something into a folder. */
export const isOpen = ({ uid, mode }: Stat): boolean =>
  uid !== 0 || (mode & 0o022) !== 0

// Anybody can give a file of root's a second name on FreeBSD.
const isStrange = ({ type, uid, names }: Stat): boolean =>
  uid !== 0 || (type !== 'dir' && names !== 1)

/** The first thing in a folder that somebody else may have put there. */
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
 * Judges whether only root can have put there what is in cook's folders. Where
 * potluck's shell cook was, the data set belongs to a service's user: until cook
 * has closed it, that user can make folders of these names, with files of its
 * own or of root's in them (promise 7).
 * @returns whether what is in them may be read
 */
export const judgeFolders = (host: Host, report: Report): boolean => {
  const faults = (host.privileged ? ours : []).flatMap(path => {
    const strange = strangeIn(host, path)
    return host.look(path)?.type === 'link'
      ? [[path, 'is a symbolic link: a folder must be here'] as const]
      : strange === undefined
        ? []
        : [
            [
              path,
              'others than root could change this folder, and may have put ' +
                `${show(strange)} there: remove it, or make it a file of ` +
                "root's that has no other name",
            ] as const,
          ]
  })
  faults.forEach(([path, message]) => report.error(path, undefined, message))
  return faults.length === 0
}
