// The settings of the running Synapse, from the file that it reads: parameters
// and local overrides may have changed since then.

import { errorMessage, exit, Failure } from '../../../contract/failure.ts'
import { secretsIn } from '../../../host/log/hiding.ts'
import type { Host } from '../../../host/host.ts'
import { errcodeOf, nonceFrom } from './matrix.ts'
import { paths } from '../../../contract/paths.ts'
import { probesIn } from '../overlays/recall-overlays.ts'
import { Secret } from '../../../contract/secret.ts'
import type { Peer } from '../../../net/peer.ts'
import type { Probe } from '../../../net/probe.ts'
import { synapseDaemon } from '../daemon.ts'
import { causeIn, ofLastStart } from '../../../engine/health/cause.ts'
import { keepersOf } from '../../../engine/health/health.ts'
import { unreadBy } from '../../../engine/record/reader.ts'

export interface LiveHomeserver {
  serverName: string
  /** Its listeners for clients, the preferred one first. */
  probes: readonly Probe[]
  /** Its registration_shared_secret, if it has one. */
  secret: Secret | undefined
  registration: {
    /** Whether people can create accounts themselves. */
    isOpen: boolean
    /** Whether that requires a token. */
    needsToken: boolean
    /** Whether that requires an address of theirs, or a captcha. */
    needsProof: boolean
  }
  /** Whether accounts can log in with passwords of their own. */
  hasLocalPasswords: boolean
  /** All secrets in it. */
  secrets: readonly string[]
}

const unavailable = (message: string): Failure =>
  new Failure(exit.unavailable, message)

const keysOf = async (text: string): Promise<Record<string, unknown>> => {
  // Loads the YAML parser only for the commands that talk to Synapse.
  const { readKeys } = await import('../overlays/read-overlay.ts')
  try {
    return readKeys([{ name: paths.homeserver, text }])
  } catch (error) {
    const message = `${paths.homeserver}: is not YAML: run cook to repair it`
    throw new Failure(exit.config, message, { cause: error })
  }
}

interface Listener {
  resources?: unknown
}

const isForClients = ({ resources }: Listener): boolean =>
  Array.isArray(resources) &&
  resources.some(
    each => Array.isArray(each?.names) && each.names.includes('client'),
  )

// Traffic inside the jail is not visible outside: TLS adds nothing there.
const distance = (probe: Probe): number =>
  'socket' in probe
    ? 0
    : (/^(127\.|::1?$|0\.0\.0\.0$|localhost$)/.test(probe.address) ? 0 : 2) +
      (probe.tls ? 1 : 0)

const secretOf = (
  host: Host,
  keys: Readonly<Record<string, unknown>>,
): Secret | undefined => {
  const path = keys['registration_shared_secret_path']
  const text =
    // Synapse strips the text of such a file.
    typeof path === 'string' && path !== ''
      ? host.text(path)?.trim()
      : keys['registration_shared_secret']
  return typeof text === 'string' && text !== '' ? new Secret(text) : undefined
}

// Synapse accepts text too for enable_registration.
const isTrue = (value: unknown): boolean =>
  /^(true|yes|on|y|t|1)$/i.test(String(value))

// Without a value Synapse accepts the passwords; any empty one turns them off.
const acceptsLocal = (passwords: unknown): boolean =>
  typeof passwords !== 'object' ||
  passwords === null ||
  !('localdb_enabled' in passwords) ||
  Boolean(passwords.localdb_enabled)

/**
 * Reads the live homeserver.yaml.
 * @throws {Failure} exit 69 if there is none
 */
export const readLive = async (host: Host): Promise<LiveHomeserver> => {
  const text = host.text(paths.homeserver)
  if (text === undefined) {
    throw unavailable(
      `there is no homeserver here yet: run cook first (${paths.homeserver})`,
    )
  }
  const keys = await keysOf(text)
  const listeners = keys['listeners']
  const forClients = (Array.isArray(listeners) ? listeners : []).filter(
    each => typeof each === 'object' && each !== null && isForClients(each),
  )
  return {
    serverName: String(keys['server_name']),
    probes: probesIn(forClients).toSorted((a, b) => distance(a) - distance(b)),
    secret: secretOf(host, keys),
    registration: {
      isOpen: isTrue(keys['enable_registration']),
      needsToken: isTrue(keys['registration_requires_token']),
      needsProof:
        isTrue(keys['enable_registration_captcha']) ||
        [keys['registrations_require_3pid'] ?? []].flat().length > 0,
    },
    hasLocalPasswords: acceptsLocal(keys['password_config']),
    secrets: secretsIn(keys),
  }
}

const notRunning = (host: Host): Failure => {
  const log = host
    .textFrom(paths.synapseLog, 0)
    .split('\n')
    .filter(line => line.trim() !== '')
  const last = ofLastStart(log, synapseDaemon)
  const cause = causeIn(last, synapseDaemon.explains)
  const message = `synapse is not running${cause ? `: ${cause}` : ''}`
  const details = log.slice(-20)
  return new Failure(exit.unavailable, message, { details })
}

/** Where accounts can be created, and with which secret. */
export interface Registrar {
  peer: Peer
  secret: Secret
}

/** Why no listener of the file accepts registrations. */
const noRegistrar = (host: Host, failures: readonly unknown[]): unknown => {
  // A refusal is more informative than no answer.
  const refusal = failures.find(each => errcodeOf(each) !== undefined)
  if (refusal !== undefined) {
    return errcodeOf(refusal) === 'M_UNRECOGNIZED'
      ? unavailable(
          'Synapse does not accept registrations by shared secret: ' +
            'does another service manage its accounts?',
        )
      : refusal
  }
  const [first] = failures
  if (first === undefined) {
    return unavailable(
      'Synapse has no listener for clients that cook can reach',
    )
  }
  const [newer] = unreadBy(host, {
    ...synapseDaemon,
    ...{ kind: 'service', checks: [], reads: [paths.homeserver] },
  })
  return newer === undefined
    ? first
    : unavailable(
        `${errorMessage(first)}; synapse was started before ${newer} ` +
          'changed: run cook to restart it',
      )
}

/**
 * Finds the listener of the running Synapse that accepts registrations. The file
 * may be newer than the process, or the process may have failed to listen: so
 * only a listener that Synapse's user holds counts.
 * @throws {Failure} exit 69 if Synapse is not running, does not answer, or is
 *   configured not to accept any
 */
export const findRegistrar = async (
  host: Host,
  { probes, secret }: Pick<LiveHomeserver, 'probes' | 'secret'>,
): Promise<Registrar> => {
  if (secret === undefined) {
    throw unavailable(
      'Synapse has no registration_shared_secret: ' +
        `local overrides (${paths.overlayDir}) removed it`,
    )
  }
  // If it does not run at all, its log says why.
  const { code } = await host.run('service', ['synapse', 'onestatus'])
  if (code !== 0) {
    throw notRunning(host)
  }
  const failures: unknown[] = []
  for (const at of probes) {
    const peer = { ...keepersOf(synapseDaemon, host), at }
    try {
      await nonceFrom(peer)
      return { peer, secret }
    } catch (error) {
      failures.push(error)
    }
  }
  throw noRegistrar(host, failures)
}
