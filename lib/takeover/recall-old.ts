// What a jail has that cook did not configure, such as a potluck jail: its
// identity is in the jail and not on the data set.

import { createHash } from 'node:crypto'
import { dirname, resolve } from 'node:path'
import type { Host } from '../host/host.ts'
import { judgeName, judgePlaces } from './judge-old.ts'
import type { OldHomeserver } from './old-homeserver.ts'
import { warnOfRemains } from './old-remains.ts'
import { recallOldTls, type OldTls } from './old-tls.ts'
import type { Params } from '../params/params.ts'
import {
  oldHomeserverCopy,
  oldSigningKeyPath,
  paths,
  secretNames,
  secretPath,
  signingKeyPath,
  type SecretName,
} from '../contract/paths.ts'
import type { Overlays } from '../services/synapse/overlays/recall-overlays.ts'
import { textOrFault } from '../engine/data-set/text-or-fault.ts'
import type { Report } from '../contract/report.ts'
import { Secret } from '../contract/secret.ts'
import { signingKeyFault } from '../services/synapse/signing-key.ts'

/** What cook takes over, if the data set has no file of its own. */
export interface Old {
  signingKey?: Secret
  secrets: Partial<Record<SecretName, Secret>>
  tls?: OldTls
  /** The configuration that cook replaces, and the path of its copy. */
  homeserver?: { text: Secret; copy: string }
}

// The first line of templates/homeserver.yaml.ejs.
const mark = "# Synapse's configuration, written by cook"

/** Whether cook wrote a homeserver.yaml. */
export const isOurs = (text: string): boolean => text.startsWith(mark)

const keyNames: Readonly<Record<SecretName, string>> = {
  macaroon: 'macaroon_secret_key',
  form: 'form_secret',
  registration: 'registration_shared_secret',
}

const sameKey = (a: string, b: string): boolean =>
  a.trim().replaceAll(/\s+/g, ' ') === b.trim().replaceAll(/\s+/g, ' ')

interface Key {
  path: string
  text: string
}

/** The signing key in the jail; errors in it count only if it is needed. */
const recallKey = (
  host: Host,
  name: string,
  { signingKeyPath: named }: OldHomeserver,
  report: Report,
): Key | undefined => {
  const path = resolve(paths.synapseDir, named ?? oldSigningKeyPath(name))
  const place = signingKeyPath(name)
  if (path === place || host.look(path) === undefined) {
    return undefined
  }
  const isNeeded = host.look(place) === undefined
  // Elsewhere, another user may own a directory on its path, and can put a link
  // there.
  if (dirname(path) !== paths.synapseDir) {
    const message = `is the server's signing key: copy it to ${place}`
    isNeeded && report.error(path, undefined, message)
    return undefined
  }
  if (!isNeeded && host.look(path)?.type !== 'file') {
    return undefined
  }
  const text = textOrFault(host, path, report)
  const fault = text === undefined ? undefined : signingKeyFault(text)
  if (fault !== undefined && isNeeded) {
    report.error(path, undefined, `${fault}: restore it from a backup`)
  }
  return text === undefined || fault !== undefined ? undefined : { path, text }
}

/** Whether the data set has another key: that one is used. */
const isOther = (
  host: Host,
  name: string,
  key: Key | undefined,
  report: Report,
): boolean => {
  const place = signingKeyPath(name)
  const there = host.look(place)?.type === 'file' ? host.text(place) : undefined
  const differs =
    key !== undefined && there !== undefined && !sameKey(key.text, there)
  if (differs) {
    const message = `differs from ${place}, which is used`
    report.warning(key.path, undefined, message)
  }
  return differs
}

const recallSecrets = (
  host: Host,
  old: OldHomeserver,
  { mySharedSecret }: Partial<Params>,
  overlays: Overlays | undefined,
  report: Report,
): Old['secrets'] => {
  const values: Readonly<Record<SecretName, string | undefined>> = {
    // Synapse's own fallback (config/key.py).
    macaroon: old.macaroon ?? old.registration,
    form: old.form,
    registration: mySharedSecret === undefined ? old.registration : undefined,
  }
  const found: Old['secrets'] = {}
  for (const name of secretNames) {
    const [key, value] = [keyNames[name], values[name]]
    if (value === undefined || host.look(secretPath(name)) !== undefined) {
      continue
    }
    if (/\p{Cc}/u.test(value) || value !== value.trim()) {
      const message =
        `has spaces around its ${key}, or more than one line in it: keep it ` +
        `with local overrides (${paths.overlayDir})`
      overlays?.replace(key) ||
        report.error(paths.homeserver, undefined, message)
    } else {
      found[name] = new Secret(value)
    }
  }
  return found
}

const tellTaken = (
  { signingKey, secrets, homeserver }: Old,
  report: Report,
): void => {
  const taken = [
    ...(signingKey === undefined ? [] : ['signing key']),
    ...secretNames.filter(name => secrets[name]).map(name => keyNames[name]),
  ]
  const what = taken.length > 0 ? taken.join(', ') : 'nothing'
  report.warning(
    paths.homeserver,
    undefined,
    `was not written by cook: taken over from it: ${what}; all else comes ` +
      `from the parameters and ${paths.overlayDir}; it is kept as ` +
      homeserver?.copy,
  )
}

/** The text of homeserver.yaml; empty if it is not a regular file. */
const textThere = (host: Host, report: Report): string =>
  host.look(paths.homeserver)?.type === 'file'
    ? (textOrFault(host, paths.homeserver, report) ?? '')
    : ''

const keptAs = (text: string): string =>
  oldHomeserverCopy(createHash('sha256').update(text).digest('hex').slice(0, 8))

const nothing: OldHomeserver = {}

/**
 * Reads what another program left, until homeserver.yaml is cook's: before that
 * a killed run may not have taken over everything.
 */
export const recallOld = async (
  host: Host,
  right: Partial<Params>,
  overlays: Overlays | undefined,
  now: Date,
  report: Report,
): Promise<Old | undefined> => {
  const text = textThere(host, report)
  if (right.domain === undefined || isOurs(text)) {
    return undefined
  }
  const { name } = right.domain
  const isConfigured = text.trim() !== ''
  // Loads the YAML parser only if there is such a file.
  const old = isConfigured
    ? (await import('./old-homeserver.ts')).readOldHomeserver(text)
    : nothing
  judgeName(old, name, report)
  judgePlaces(host, old, overlays, report)
  const key = recallKey(host, name, old, report)
  const differs = isOther(host, name, key, report)
  const isTaken =
    key !== undefined && host.look(signingKeyPath(name)) === undefined
  const found: Old = {
    ...(isTaken ? { signingKey: new Secret(key.text) } : {}),
    secrets: differs ? {} : recallSecrets(host, old, right, overlays, report),
  }
  if (!isConfigured) {
    const message = 'is taken over as the signing key'
    isTaken && report.warning(key.path, undefined, message)
    return found
  }
  // The edge takes it over itself.
  const tls = right.edge ? undefined : recallOldTls(host, right, now, report)
  const homeserver = { text: new Secret(text), copy: keptAs(text) }
  const all = { ...found, homeserver, ...(tls === undefined ? {} : { tls }) }
  tellTaken(all, report)
  warnOfRemains(host, right, report)
  return all
}
