import type { Host } from '../../host/host.ts'
import type { Stat } from '../../host/look.ts'
import type { Owner } from '../../host/write.ts'
import type { Access } from './step.ts'

// Every system has these two, whether or not its files are there to say so.
const root = 0

/**
 * The owner that a file or folder should have. Without root's rights, or
 * below a root that does not know the name, it is left alone.
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

/** What is wrong with the owner or the mode of something, or nothing. */
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
