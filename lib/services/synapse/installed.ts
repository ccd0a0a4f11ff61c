import { dirname } from 'node:path'
import { exit, Failure } from '../../contract/failure.ts'
import type { Host } from '../../host/host.ts'
import type { Params } from '../../params/params.ts'
import { paths } from '../../contract/paths.ts'
import type { Report } from '../../contract/report.ts'

/** The oldest Synapse whose configuration cook writes. */
const oldestSynapse = '1.116.0'

// The oldest LDAP module that takes the e-mail address from any attribute.
const anyMail = '0.3.0'

const lib = '/usr/local/lib'

const minor = (name: string): number =>
  Number(name.match(/^python3\.(\d+)$/)?.[1])

// The folders of every installed Python's packages, newest Python last.
const packages = (host: Host): string[] =>
  host
    .list(lib)
    .filter(name => minor(name) >= 0)
    .toSorted((a, b) => minor(a) - minor(b))
    .flatMap(name => host.list(`${lib}/${name}/site-packages`))

const versionIn = (
  names: readonly string[],
  distribution = 'matrix_synapse',
): string | undefined =>
  names
    .map(name => name.match(/^(\w+)-([\w.]+)\.dist-info$/) ?? [])
    .findLast(([, each]) => each === distribution)?.[2]

const isOlder = (version: string, than: string): boolean => {
  const numbers = (text: string) => text.split('.').map(Number.parseFloat)
  const [a, b] = [numbers(version), numbers(than)]
  const first = b.findIndex((part, index) => part !== (a[index] ?? 0))
  return first >= 0 && (a[first] ?? 0) < b[first]!
}

const hasLdap = (names: readonly string[]): boolean =>
  names.some(name => name.startsWith('ldap_auth_provider'))

/** The failure of a running system without Synapse. */
export const missingSynapse = (host: Host): Failure | undefined =>
  host.live && host.look(paths.synapseScript) === undefined
    ? new Failure(
        exit.unavailable,
        'Synapse is not installed: install its package (py3NN-matrix-synapse)',
      )
    : undefined

/**
 * Judges whether the Synapse that is installed (its version stands in the
 * name of its metadata folder) can do what the parameters ask.
 */
export const judgeInstallation = (
  host: Host,
  right: Partial<Params>,
  report: Report,
): void => {
  if (missingSynapse(host) !== undefined) {
    return
  }
  const names = packages(host)
  const version = versionIn(names)
  if (version === undefined) {
    report.warning(
      'Synapse',
      undefined,
      `not found below ${lib}: assuming ${oldestSynapse}, the oldest supported`,
    )
  } else if (isOlder(version, oldestSynapse)) {
    const message = `${version} is older than ${oldestSynapse}, the oldest supported`
    report.warning('Synapse', undefined, message)
  }
  if (
    version !== undefined &&
    right.ldapServer !== undefined &&
    !hasLdap(names)
  ) {
    report.error(
      'LDAPSERVER',
      undefined,
      "Synapse's LDAP module is not installed (py3NN-matrix-synapse-ldap3)",
    )
  }
  const ldap = versionIn(names, 'matrix_synapse_ldap3')
  const mail = right.ldapServer === undefined ? undefined : right.ldapMail
  if (
    ldap !== undefined &&
    isOlder(ldap, anyMail) &&
    (mail ?? 'mail') !== 'mail'
  ) {
    const message = `Synapse's LDAP module ${ldap} looks for mail alone: ${anyMail} heeds this`
    report.warning('LDAPMAIL', undefined, message)
  }
}

/**
 * What a jail of an image needs that is not installed, all of it.
 * @returns the failure (exit 69) whose details name the packages
 */
export const lackOfImage = (host: Host): Failure | undefined => {
  const names = packages(host)
  const lacks = [
    versionIn(names) === undefined || !host.look(paths.synapseScript)
      ? 'Synapse: install the package py3NN-matrix-synapse'
      : [],
    hasLdap(names)
      ? []
      : "Synapse's LDAP module: install the package py3NN-matrix-synapse-ldap3",
    host.look(paths.sshd)
      ? []
      : `${paths.sshd}: install the base system's ssh (the package FreeBSD-ssh)`,
  ].flat()
  return lacks.length === 0
    ? undefined
    : new Failure(exit.unavailable, 'what cook needs is not installed', {
        details: lacks,
      })
}

// The data set's own root folder: the administrator's, and so not cook's to
// change.
const mount = dirname(paths.data)

// Without an account the names of owners would mean nothing, and cook would
// give everything to root. A line that is cut off would take in what pw(8)
// adds.
const judgeAccounts = (host: Host, report: Report): void => {
  for (const path of ['/etc/passwd', '/etc/group']) {
    const text = host.text(path)
    const fault =
      text === undefined
        ? undefined
        : !/^[^:\n]+:[^:\n]*:\d+(:|$)/m.test(text)
          ? 'names nobody'
          : path === '/etc/passwd' && !text.endsWith('\n')
            ? 'ends in the middle of a line'
            : undefined
    if (fault !== undefined) {
      report.error(path, undefined, `${fault}: put it back from a backup`)
    }
  }
}

/** Says when owners cannot be set, since then the result is not complete. */
export const judgeRights = (host: Host, report: Report): void => {
  judgeAccounts(host, report)
  if (!host.privileged) {
    const message = 'not root: owners are left alone'
    report.warning('--root', undefined, message)
  } else if (!host.live && host.uid('synapse') === undefined) {
    const message = 'has no user synapse: its files stay with root'
    report.warning('/etc/passwd', undefined, message)
  } else if (((host.look(mount)?.mode ?? 0o755) & 0o001) === 0) {
    const message =
      'is closed to other users, so Synapse cannot reach its data: ' +
      `run chmod o+x ${mount}`
    report.error(mount, undefined, message)
  }
}
