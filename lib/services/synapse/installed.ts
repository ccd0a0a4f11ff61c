import { exit, Failure } from '../../contract/failure.ts'
import type { Host } from '../../host/host.ts'
import type { Params } from '../../params/params.ts'
import { paths } from '../../contract/paths.ts'
import { pythonOf } from './python.ts'
import type { Report } from '../../contract/report.ts'

/** The oldest Synapse whose configuration cook writes. */
const oldestSynapse = '1.116.0'

// The oldest LDAP module that reads the e-mail address from any attribute.
const anyMail = '0.3.0'

/** Where every Python is. */
export const lib = '/usr/local/lib'

/** NN of a name `python3.NN`; otherwise NaN. */
export const minor = (name: string): number =>
  Number(name.match(/^python3\.(\d+)$/)?.[1])

/** The packages of every installed Python, newest Python last. */
export const packages = (host: Host): string[] =>
  host
    .list(lib)
    .filter(name => minor(name) >= 0)
    .toSorted((a, b) => minor(a) - minor(b))
    .flatMap(name => host.list(`${lib}/${name}/site-packages`))

/** The version of a package, from the name of its metadata directory. */
export const versionIn = (
  names: readonly string[],
  distribution = 'matrix_synapse',
): string | undefined =>
  names
    .map(name => name.match(/^(\w+)-([\w.]+)\.dist-info$/) ?? [])
    .findLast(([, each]) => each === distribution)?.[2]

/** Whether a version of a Python package comes before another. */
export const isOlder = (version: string, than: string): boolean => {
  const numbers = (text: string) => text.split('.').map(Number.parseFloat)
  const [a, b] = [numbers(version), numbers(than)]
  const first = b.findIndex((part, index) => part !== (a[index] ?? 0))
  return first >= 0 && (a[first] ?? 0) < b[first]!
}

/** Whether Synapse's LDAP module is among the packages. */
export const hasLdap = (names: readonly string[]): boolean =>
  names.some(name => name.startsWith('ldap_auth_provider'))

/** The failure of a live system without Synapse. */
export const missingSynapse = (host: Host): Failure | undefined =>
  host.live && host.look(paths.synapseScript) === undefined
    ? new Failure(
        exit.unavailable,
        'Synapse is not installed: install its package (py3NN-matrix-synapse)',
      )
    : undefined

/**
 * Checks whether the installed Synapse supports the parameters. Its version is
 * in the name of its metadata directory.
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
}

// Of a package the metadata name each file with its hash (PEP 376).
const packageFiles = (
  host: Host,
  python: string,
  distributions: readonly string[],
): string[] => {
  const dir = `${lib}/${python}/site-packages`
  return host
    .list(dir)
    .filter(name => {
      const [, each = ''] = name.match(/^(\w+)-[\w.]+\.dist-info$/) ?? []
      return distributions.includes(each)
    })
    .flatMap(name => [`${dir}/${name}/METADATA`, `${dir}/${name}/RECORD`])
}

/**
 * What of the packages runs in Synapse: Python with its library, Synapse, and
 * its LDAP module.
 */
export const programFiles = (host: Host, withLdap: boolean): string[] => {
  const command = pythonOf(host)
  const python = command?.split('/').at(-1)
  return command === undefined || python === undefined
    ? []
    : [
        command,
        `${lib}/lib${python}.so.1.0`,
        ...packageFiles(host, python, [
          'matrix_synapse',
          ...(withLdap ? ['matrix_synapse_ldap3'] : []),
        ]),
      ]
}
