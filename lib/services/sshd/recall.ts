import { dirname } from 'node:path'
import { authorizedKeysFaults } from '../../formats/authorized-keys.ts'
import { hostKeyFault, newHostKey, type HostKeyType } from './host-key.ts'
import type { Host } from '../../host/host.ts'
import { hostKeyPath, paths } from '../../contract/paths.ts'
import { textOrFault } from '../../engine/data-set/text-or-fault.ts'
import type { Report } from '../../contract/report.ts'
import { Secret } from '../../contract/secret.ts'
import { controlUser } from './configuration.ts'

/** The keys of the control user and of sshd. */
export interface RecalledControl {
  hostKeys: Readonly<Record<HostKeyType, Secret>>
  authorizedKeys: string | undefined
}

const recallHostKey = (
  host: Host,
  type: HostKeyType,
  report: Report,
): Secret => {
  const path = hostKeyPath(type)
  const text = textOrFault(host, path, report)
  const fault = text === undefined ? undefined : hostKeyFault(text)
  if (fault !== undefined) {
    report.error(path, undefined, `${fault}: restore it from a backup`)
  }
  return new Secret(text ?? newHostKey(type))
}

const shown = 5

const judgeKeys = (path: string, text: string, report: Report): void => {
  const faults = authorizedKeysFaults(text)
  for (const fault of faults.slice(0, shown)) {
    report.error(path, undefined, fault)
  }
  if (faults.length > shown) {
    const message = `${faults.length - shown} more lines are not public keys`
    report.error(path, undefined, message)
  }
}

// Only for a warning: cook does not read the user's own files.
const hasKeysOfItsOwn = (host: Host): boolean =>
  ['', '/.ssh', '/.ssh/authorized_keys'].every((inside, index) => {
    const type = host.look(`${paths.controlHome}${inside}`)?.type
    return type === (index < 2 ? 'dir' : 'file')
  })

// sshd accepts a file only if no other user can change it or a directory above
// it (StrictModes).
const judgeMount = (host: Host, report: Report): void => {
  const mount = dirname(paths.data)
  const stat = host.look(mount)
  const isOpen = stat?.uid !== 0 || (stat.mode & 0o022) !== 0
  if (host.privileged && stat !== undefined && isOpen) {
    const message =
      'must be owned by root and not be writable by others, or sshd accepts ' +
      `no key below it: run chown root ${mount} && chmod go-w ${mount}`
    report.error(mount, undefined, message)
  }
}

const recallAuthorizedKeys = (
  host: Host,
  report: Report,
): string | undefined => {
  const imported = host.look(paths.importAuthKey)
  const path =
    imported === undefined ? paths.authorizedKeys : paths.importAuthKey
  if (((imported?.mode ?? 0) & 0o002) !== 0 && imported?.type === 'file') {
    const message =
      'is writable by every user of the jail, so any of them could log in: ' +
      `check whose keys it contains and run chmod o-w ${path}`
    report.error(path, undefined, message)
  }
  // An editor's byte order mark is not part of the first key.
  const text = textOrFault(host, path, report)?.replace(/^\ufeff/, '')
  if (text !== undefined) {
    judgeKeys(path, text, report)
    judgeMount(host, report)
    return `${text.replaceAll('\r\n', '\n').trimEnd()}\n`
  }
  if (host.look(path) === undefined && !hasKeysOfItsOwn(host)) {
    const message =
      `there is no public key, so nobody can log in as ${controlUser}: ` +
      `put keys into ${paths.importAuthKey}`
    report.warning('CONTROLUSER', undefined, message)
  }
  return undefined
}

const judgeAccount = (host: Host, report: Report): void => {
  const uid = host.look(paths.controlHome)?.uid ?? 0
  const name = host.userOf(uid)
  if (!host.privileged) {
    const message = `not root: the user ${controlUser} is not created`
    report.warning('CONTROLUSER', undefined, message)
  } else if (uid !== 0 && name !== undefined && name !== controlUser) {
    const message =
      `is owned by ${name} (uid ${uid}) in this jail: change its owner ` +
      'to an unused uid with chown -hR, or move it away'
    report.error(paths.controlHome, undefined, message)
  }
}

const judgeSshd = (host: Host, report: Report): void => {
  if (host.live && host.look(paths.sshd) === undefined) {
    const message = `${paths.sshd} is not installed: install FreeBSD-ssh`
    report.error('CONTROLUSER', undefined, message)
  }
}

/**
 * Reads the public keys of the control user and the host keys.
 */
export const recallControl = (host: Host, report: Report): RecalledControl => {
  judgeSshd(host, report)
  judgeAccount(host, report)
  return {
    hostKeys: {
      ed25519: recallHostKey(host, 'ed25519', report),
      ecdsa: recallHostKey(host, 'ecdsa', report),
    },
    authorizedKeys: recallAuthorizedKeys(host, report),
  }
}
