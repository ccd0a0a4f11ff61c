import type { Host } from '../../host/host.ts'
import type { Stat } from '../../host/look.ts'
import type { Owner } from '../../host/write.ts'
import type { Access } from './step.ts'

// Every system has these two, even if its files do not list them.
const root = 0

/**
 * The owner that a file or directory should have. It stays as it is if cook is
 * not root, or if the system below a root does not know the name.
 */
export const ownerOf = (host: Host, { owner, group }: Access): Owner =>
  host.privileged
    ? {
        uid: owner === 'root' ? root : host.uid(owner),
        gid: group === 'wheel' ? root : host.gid(group),
      }
    : { uid: undefined, gid: undefined }

/** Permission bits as chmod(1) has them. */
export const octal = (mode: number): string => mode.toString(8).padStart(4, '0')

/** What is wrong with the owner or the mode of a file, or undefined. */
export const accessDrift = (
  host: Host,
  access: Access,
  stat: Stat,
): string | undefined => {
  const { uid, gid } = ownerOf(host, access)
  return (uid ?? stat.uid) !== stat.uid || (gid ?? stat.gid) !== stat.gid
    ? `does not belong to ${access.owner}:${access.group}`
    : access.mode !== stat.mode
      ? `has mode ${octal(stat.mode)} instead of ${octal(access.mode)}`
      : undefined
}
