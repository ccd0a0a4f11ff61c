import { secretsIn } from '../../../host/log/hiding.ts'
import type { Host } from '../../../host/host.ts'
import { paths } from '../../../contract/paths.ts'
import { textOrFault } from '../../../engine/data-set/text-or-fault.ts'
import { show, type Report } from '../../../contract/report.ts'
import type { Probe } from '../../../net/probe.ts'

/** The administrator's own settings. */
export interface Overlays {
  /** Lays them over Synapse's configuration. */
  layOver: (base: string) => string
  /** Where Synapse listens, when they say so. */
  probes: Probe[] | undefined
  /** Whether they replace a top-level key of cook's. */
  replace: (key: string) => boolean
  /** What is secret in them, by the names of their keys. */
  secrets: () => string[]
}

interface Listener {
  path?: unknown
  port?: unknown
  tls?: unknown
  type?: unknown
  bind_address?: unknown
  bind_addresses?: unknown
}

// As Synapse reads a listener without addresses, and Twisted an empty one.
const everywhere = ['0.0.0.0'] as const

// Another number Synapse refuses itself; 0 is one that nobody knows.
const isPort = (port: unknown): port is number =>
  Number.isInteger(port) && Number(port) > 0 && Number(port) < 65536

/** Where Synapse listens for HTTP, from its setting `listeners`. */
export const probesIn = (listeners: unknown): Probe[] =>
  (Array.isArray(listeners) ? listeners : []).flatMap(
    (each: Listener): Probe[] => {
      const { path, port, tls } = each ?? {}
      if (each?.type !== 'http') {
        return []
      }
      // With both Synapse refuses it.
      if (typeof path === 'string' && path !== '') {
        return [{ socket: path }]
      }
      if (!isPort(port)) {
        return []
      }
      const addresses = [
        ...(Array.isArray(each.bind_addresses) ? each.bind_addresses : []),
        ...(each.bind_address ? [each.bind_address] : []),
      ]
      return (addresses.length > 0 ? addresses : everywhere).map(address => ({
        address: String(address) || everywhere[0],
        port,
        tls: tls === true,
      }))
    },
  )

/** Keys of Synapse's that others rely on, with the value that they must have. */
const fixed = (serverName: string | undefined): [string, string][] => [
  ['pid_file', paths.pidFile],
  ...(serverName === undefined
    ? []
    : [['server_name', serverName] satisfies [string, string]]),
]

// The names stand in comments of what the files are laid over, where PyYAML
// takes more than \n for the end of a line, and the port's rc script looks too.
// U+FFFD is what a name that is not UTF-8 has in it: such a file is not found.
const oddName = /[\p{Cc}\u2028\u2029\ufeff\ufffd-\uffff]|CHANGEME/u

// In bytes. Whole configurations of Synapse have some hundred thousand.
const largest = 2 * 1024 * 1024

/** How large files are together, before any of them is read. */
const sizeOf = (host: Host, names: readonly string[]): number =>
  names
    .map(name => host.look(`${paths.overlayDir}/${name}`)?.size ?? 0)
    .reduce((sum, size) => sum + size, 0)

/**
 * Reads homeserver.d: the files that Synapse itself would take from a
 * folder, in its order.
 */
export const recallOverlays = async (
  host: Host,
  serverName: string | undefined,
  report: Report,
): Promise<Overlays | undefined> => {
  const names = host
    .list(paths.overlayDir)
    .filter(name => name.endsWith('.yaml'))
  if (sizeOf(host, names) > largest) {
    const message =
      'its files are larger together than the 2 MiB that cook reads'
    report.error(paths.overlayDir, undefined, message)
    return undefined
  }
  const overlays = names.flatMap(name => {
    if (oddName.test(name)) {
      const message = `${show(name)}: give this file another name`
      report.error(paths.overlayDir, undefined, message)
      return []
    }
    const text = textOrFault(host, `${paths.overlayDir}/${name}`, report)
    // A byte order mark belongs at the beginning, where it will not be.
    return text === undefined
      ? []
      : [{ name, text: text.replace(/^\ufeff/, '') }]
  })
  if (overlays.length === 0) {
    return undefined
  }
  // Only who has such files pays for reading YAML.
  const { layOver, overlayFaults, ownersOf, readKeys } = await import(
    './overlay.ts'
  )
  const faults = overlayFaults(overlays)
  for (const { name, fault } of faults) {
    report.error(`${paths.overlayDir}/${name}`, undefined, fault)
  }
  if (faults.length > 0) {
    return undefined
  }
  const owners = ownersOf(overlays)
  const settingOf = (key: string): unknown => {
    const owner = owners.get(key)
    return owner && readKeys([owner])[key]
  }
  for (const [key, value] of fixed(serverName)) {
    if (owners.has(key) && settingOf(key) !== value) {
      report.error(paths.overlayDir, undefined, `${key} must be ${value}`)
    }
  }
  const probes = owners.has('listeners')
    ? probesIn(settingOf('listeners'))
    : undefined
  if (probes?.length === 0) {
    // Nor could anybody tell whether it is healthy.
    const message =
      'listeners has none of type http with a port or a path, so that nobody ' +
      'would reach Synapse'
    report.error(paths.overlayDir, undefined, message)
  }
  return {
    layOver: base => layOver(base, overlays),
    probes,
    replace: key => owners.has(key),
    secrets: () => secretsIn(readKeys(overlays)),
  }
}
