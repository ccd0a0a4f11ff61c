import { basename, dirname, join } from 'node:path'
import type { Host } from '../../../host/host.ts'
import { octal } from '../../../engine/steps/owner.ts'
import { paths } from '../../../contract/paths.ts'
import { show } from '../../../contract/report.ts'
import type { Diagnosis } from '../../../engine/steps/daemon.ts'
import type { Stat } from '../../../host/look.ts'

// File systems have hidden directories of their own.
const isVisible = (name: string): boolean => !name.startsWith('.')

interface Place {
  folder: string
  isOwn: (name: string) => boolean
  /** Whether a step gives the directory to synapse. */
  isMended: boolean
}

/**
 * Where Synapse writes, and which names there are its own. Of a directory the
 * top level is enough.
 */
const places: readonly Place[] = [
  { folder: paths.databaseDir, isOwn: isVisible, isMended: true },
  { folder: paths.mediaDir, isOwn: isVisible, isMended: true },
  {
    folder: dirname(paths.synapseLog),
    isOwn: name => /^homeserver\.log(\.\d+)?$/.test(name),
    isMended: false,
  },
  {
    folder: dirname(paths.pidFile),
    isOwn: name => name === basename(paths.pidFile),
    isMended: false,
  },
]

/** A file or directory that Synapse must write and cannot. */
export interface Unwritable {
  path: string
  /** The directory of Synapse's in which it is, or which it is. */
  folder: string
  stat: Stat
  /** Whether synapse owns it, and only its mode is wrong. */
  isOwned: boolean
}

/** What an administrator runs then. */
const remedy = ({ path, folder, isOwned }: Unwritable): string =>
  isOwned
    ? `run chmod u+rwX ${path}`
    : `stop Synapse and run chown -R synapse:synapse ${folder}`

const isClosed = ({ type, mode }: Stat): boolean => {
  const needed = type === 'dir' ? 0o300 : 0o200
  return type !== 'link' && (mode & needed) !== needed
}

/**
 * What Synapse must write and cannot: after a start as root, for one, another
 * user owns it.
 */
export const unwritable = (host: Host): Unwritable[] => {
  const uid = host.uid('synapse')
  if (!host.privileged || uid === undefined) {
    return []
  }
  return places.flatMap(({ folder, isOwn, isMended }) => {
    const files = host.list(folder).filter(isOwn)
    return [...(isMended ? [] : ['']), ...files].flatMap(name => {
      const path = join(folder, name)
      const stat = host.look(path)
      const isOwned = stat?.uid === uid
      return stat === undefined || (isOwned && !isClosed(stat))
        ? []
        : [{ path, folder, stat, isOwned }]
    })
  })
}

/** The same in words, for a report that names the directory. */
export const unwritableFault = (each: Unwritable): string => {
  const { path, folder, isOwned, stat } = each
  const isFolder = path === folder
  const mode = `mode ${octal(stat.mode)}`
  const what = isFolder
    ? isOwned
      ? `has ${mode}, so synapse cannot write in this directory`
      : 'does not belong to synapse, which writes in this directory'
    : `contains ${show(basename(path))}, which synapse ` +
      (isOwned ? `cannot write (${mode})` : 'does not own')
  return `${what}: ${remedy(each)}`
}

// How Synapse, Twisted and SQLite say that they cannot write a file.
const evidence =
  /\bPermission ?(denied|Error)\b|readonly database|unable to open database|Unable to (create|lock on) the pidfile/i

/**
 * Names what Synapse cannot write, if it says that this is its trouble. cook
 * does not change the owner: in a directory of synapse's, a file of root's may
 * be there because that user has linked or moved it there.
 */
export const diagnoseOwners = (
  host: Host,
  lines: readonly string[],
): Diagnosis | undefined => {
  if (!lines.some(line => evidence.test(line))) {
    return undefined
  }
  const all = unwritable(host)
  const named = all.find(({ path }) =>
    lines.some(line => line.includes(`'${path}'`)),
  )
  const found = named ?? all[0]
  if (found === undefined) {
    return undefined
  }
  const { uid, mode, type } = found.stat
  const owner = host.userOf(uid) ?? `uid ${uid}`
  const what = type === 'dir' ? 'directory' : 'file'
  const message =
    `${found.path}: synapse cannot write this ${what} ` +
    `(owner ${owner}, mode ${octal(mode)}): ${remedy(found)}`
  return { message, isCertain: true }
}
