import type { Host } from '../../host/host.ts'
import { hasDatabase } from './database/judge-database.ts'
import {
  paths,
  secretNames,
  secretPath,
  signingKeyPath,
} from '../../contract/paths.ts'
import { parsePotEnvironment } from '../../formats/pot-environment.ts'
import { textOrFault } from '../../engine/data-set/text-or-fault.ts'
import { readRecord } from '../../engine/record/record.ts'
import type { Report } from '../../contract/report.ts'
import { Secret } from '../../contract/secret.ts'
import type { ServerName } from '../../formats/server-name.ts'
import { newSigningKey, signingKeyFault } from './signing-key.ts'

const keySuffix = '.signing.key'

/** The server name of the last apply on the data set. */
const recordedName = (host: Host): string | undefined => {
  const recorded = host.text(paths.recordedParams)
  const parsed = recorded ? parsePotEnvironment(recorded) : undefined
  return parsed instanceof Map ? parsed.get('DOMAIN') : undefined
}

/**
 * The server name of a signing key on the data set: this one if it is there.
 */
const nameOfKey = (host: Host, name: string): string | undefined => {
  const names = host
    .list(paths.keysDir)
    .filter(file => file.endsWith(keySuffix))
    .map(file => file.slice(0, -keySuffix.length))
  return names.includes(name) ? name : names[0]
}

/**
 * Why a missing signing key must not be replaced by a new one, or undefined.
 */
const lossOf = (host: Host, name: string): string | undefined => {
  // cook creates the signing key before the other keys.
  const beside = secretNames
    .map(secretPath)
    .find(path => host.look(path) !== undefined)
  const trace = hasDatabase(host)
    ? `there is a database, ${paths.database}`
    : recordedName(host) === name
      ? `${paths.recordedParams} shows that the data set had one`
      : // A data set that is not mounted looks like a new one.
        readRecord(host)?.domain === name
        ? `${paths.record} shows that this jail had one ` +
          `(is the data set mounted?)`
        : beside !== undefined
          ? `there is another key, ${beside}`
          : undefined
  return (
    trace &&
    `is missing, but ${trace}: without the key this is another server. ` +
      'Restore it from a backup, or remove what is left to start over. From a ' +
      `potluck jail, copy it to the same place: ${paths.synapseDir}`
  )
}

/**
 * The signing key of the data set, or that of a potluck jail, or a new one if
 * there never was one. Whatever would lose the server's identity is an error.
 * @param old the key of a potluck jail
 */
export const recallSigningKey = (
  host: Host,
  { name }: ServerName,
  report: Report,
  old?: Secret,
): Secret => {
  const path = signingKeyPath(name)
  const text = textOrFault(host, path, report)
  const before = recordedName(host) ?? nameOfKey(host, name)
  if (before !== undefined && before !== name) {
    report.error(
      'DOMAIN',
      undefined,
      `the data set was made for ${before} and cannot become ${name}: ` +
        `set DOMAIN=${before}, or use an empty data set`,
    )
    return new Secret(newSigningKey())
  }
  if (old !== undefined && host.look(path) === undefined) {
    return old
  }
  const broken = text === undefined ? undefined : signingKeyFault(text)
  const fault =
    broken !== undefined
      ? `${broken}: restore it from a backup`
      : host.look(path) === undefined
        ? lossOf(host, name)
        : undefined
  if (fault !== undefined) {
    report.error(path, undefined, fault)
  }
  return new Secret(text ?? newSigningKey())
}
