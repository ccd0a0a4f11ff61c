import { dirname } from 'node:path'
import { exit, Failure } from './failure.ts'
import type { Host } from './host.ts'
import type { Params } from './params.ts'
import { paths } from './paths.ts'
import type { Report } from './report.ts'

/** The oldest Synapse whose configuration cook writes. */
const oldestSynapse = '1.116.0'

// The oldest LDAP module that reads the e-mail address from any attribute.
const anyMail = '0.3.0'

const lib = '/usr/local/lib'

const minor = (name: string): number =>
  Number(name.match(/^python3\.(\d+)$/)?.[1])

// The packages of every installed Python, newest Python last.
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

/**
 * Checks whether the installed Synapse supports the parameters. Its version is
 * in the name of its metadata directory.
 * @returns the failure of a live system without Synapse, which counts only if
 *   there is no error
 */
export const judgeInstallation = (
  host: Host,
  right: Partial<Params>,
  report: Report,
): Failure | undefined => {
  const names = packages(host)
  const version = versionIn(names)
  if (host.live && host.look(paths.synapseScript) === undefined) {
    return new Failure(
      exit.unavailable,
      'Synapse is not installed: install its package (py3NN-matrix-synapse)',
    )
  }
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
      "Synapse's LDAP module is not installed: install py3NN-matrix-synapse-ldap3",
    )
  }
  const ldap = versionIn(names, 'matrix_synapse_ldap3')
  const mail = right.ldapServer === undefined ? undefined : right.ldapMail
  if (
    ldap !== undefined &&
    isOlder(ldap, anyMail) &&
    (mail ?? 'mail') !== 'mail'
  ) {
    const message =
      `has no effect: Synapse's LDAP module ${ldap} always reads mail: ` +
      `upgrade to ${anyMail} or later`
    report.warning('LDAPMAIL', undefined, message)
  }
  return undefined
}

/**
 * Everything that a jail image needs and that is not installed.
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
    : new Failure(exit.unavailable, 'required packages are not installed', {
        details: lacks,
      })
}

// The root directory of the data set: it is the administrator's, so cook does
// not change it.
const mount = dirname(paths.data)

// Without accounts, owners cannot be looked up, and cook would make root the
// owner of everything. To an incomplete last line pw(8) would append its own.
const judgeAccounts = (host: Host, report: Report): void => {
  for (const path of ['/etc/passwd', '/etc/group']) {
    const text = host.text(path)
    const fault =
      text === undefined
        ? undefined
        : !/^[^:\n]+:[^:\n]*:\d+(:|$)/m.test(text)
          ? 'has no entries'
          : path === '/etc/passwd' && !text.endsWith('\n')
            ? 'ends in the middle of a line'
            : undefined
    if (fault !== undefined) {
      report.error(path, undefined, `${fault}: restore it from a backup`)
    }
  }
}

/** Reports that owners cannot be set: then the result is incomplete. */
export const judgeRights = (host: Host, report: Report): void => {
  judgeAccounts(host, report)
  if (!host.privileged) {
    const message = 'not root: owners are not changed'
    report.warning('--root', undefined, message)
  } else if (!host.live && host.uid('synapse') === undefined) {
    const message = 'has no user synapse: root will own its files'
    report.warning('/etc/passwd', undefined, message)
  } else if (((host.look(mount)?.mode ?? 0o755) & 0o001) === 0) {
    const message =
      'is not accessible to other users, so Synapse cannot reach its data: ' +
      `run chmod o+x ${mount}`
    report.error(mount, undefined, message)
  }
}
