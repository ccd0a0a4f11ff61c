import { secretsIn } from '../../../host/log/hiding.ts'
import type { Host } from '../../../host/host.ts'
import type { Params } from '../../../params/params.ts'
import { paths } from '../../../contract/paths.ts'
import { textOrFault } from '../../../engine/data-set/text-or-fault.ts'
import { listed, show, type Report } from '../../../contract/report.ts'
import { socketPath, type Probe } from '../../../net/probe.ts'

/** The administrator's local overrides. */
export interface Overlays {
  /** Adds them to Synapse's configuration. */
  layOver: (base: string) => string
  /** Where Synapse listens, if they say so. */
  probes: Probe[] | undefined
  /** Whether they replace a top-level key of cook's. */
  replace: (key: string) => boolean
  /** The secrets in them, found by the names of their keys. */
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

// How Synapse reads a listener without addresses, and Twisted an empty one.
const everywhere = ['0.0.0.0'] as const

// Synapse itself refuses other numbers; with 0 nobody would know the port.
const isPort = (port: unknown): port is number =>
  Number.isInteger(port) && Number(port) > 0 && Number(port) < 65536

/** Where Synapse listens for HTTP, from its key `listeners`. */
export const probesIn = (listeners: unknown): Probe[] =>
  (Array.isArray(listeners) ? listeners : []).flatMap(
    (each: Listener): Probe[] => {
      const { path, port, tls } = each ?? {}
      if (each?.type !== 'http') {
        return []
      }
      // If there are both, Synapse refuses the listener.
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

/**
 * Keys of Synapse whose values must not change, because others rely on them.
 */
const fixed = (serverName: string | undefined): [string, string][] => [
  ['pid_file', paths.pidFile],
  ...(serverName === undefined
    ? []
    : [['server_name', serverName] satisfies [string, string]]),
]

// The names are in comments of the result, where PyYAML ends a line not only at
// \n, and the rc script looks for CHANGEME. U+FFFD is in a name that is not
// UTF-8: such a file cannot be found by its name.
const oddName = /[\p{Cc}\u2028\u2029\ufeff\ufffd-\uffff]|CHANGEME/u

// Synapse ignores other names in a directory too.
const isRead = (name: string): boolean => name.endsWith('.yaml')

// In bytes. A whole configuration of Synapse has a few hundred thousand.
const largest = 2 * 1024 * 1024

// An empty file too must be opened and looked at.
const mostFiles = 1_000

/** Reports files that are too many or too large, before any is read. */
const areTooLarge = (
  host: Host,
  names: readonly string[],
  report: Report,
): boolean => {
  if (names.length > mostFiles) {
    const message = 'has more than the 1,000 *.yaml files that cook reads'
    report.error(paths.overlayDir, undefined, message)
    return true
  }
  const files = names.map(name => `${paths.overlayDir}/${name}`)
  const sizes = files.map(path => host.look(path)?.size ?? 0)
  const alone = files.filter((_, index) => sizes[index]! > largest)
  for (const path of alone) {
    const message = 'is larger than the 2 MiB that cook reads'
    report.error(path, undefined, message)
  }
  const isAll = sizes.reduce((sum, size) => sum + size, 0) > largest
  if (isAll && alone.length === 0) {
    const message =
      'its files are together larger than the 2 MiB that cook reads'
    report.error(paths.overlayDir, undefined, message)
  }
  return isAll
}

// Without it the edge would answer every request with an error.
const isEdges = (probe: Probe): boolean =>
  'socket' in probe && socketPath(probe) === paths.synapseSocket

const mostNamed = 5

// cook removes its own leftovers.
const warnOfUnread = (
  host: Host,
  names: readonly string[],
  report: Report,
): void => {
  const leftovers = host.leftoversIn(paths.overlayDir)
  const unread = names.filter(
    name => !isRead(name) && !leftovers.includes(`${paths.overlayDir}/${name}`),
  )
  if (unread.length > 0) {
    const more = unread.length - mostNamed
    const those = [
      ...unread.slice(0, mostNamed).map(show),
      ...(more > 0 ? [`${more} more`] : []),
    ]
    const message = `only *.yaml is read: ignored ${listed(those)}`
    report.warning(paths.overlayDir, undefined, message)
  }
}

/**
 * Reads homeserver.d: the files that Synapse itself would read from a
 * directory, in its order.
 */
export const recallOverlays = async (
  host: Host,
  right: Partial<Params>,
  report: Report,
): Promise<Overlays | undefined> => {
  const all = host.list(paths.overlayDir)
  warnOfUnread(host, all, report)
  const names = all.filter(isRead)
  if (areTooLarge(host, names, report)) {
    return undefined
  }
  const overlays = names.flatMap(name => {
    if (oddName.test(name)) {
      const message = `${show(name)}: give this file another name`
      report.error(paths.overlayDir, undefined, message)
      return []
    }
    const text = textOrFault(host, `${paths.overlayDir}/${name}`, report)
    // A byte order mark may only be at the beginning, where it will not be.
    return text === undefined
      ? []
      : [{ name, text: text.replace(/^\ufeff/, '') }]
  })
  if (overlays.length === 0) {
    return undefined
  }
  // Loaded only if there are such files.
  const { layOver, overlayFaults, ownersOf, readKeys } = await import(
    './overlay.ts'
  )
  const { warnOfKeys } = await import('./warn-of-keys.ts')
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
  for (const [key, value] of fixed(right.domain?.name)) {
    if (owners.has(key) && settingOf(key) !== value) {
      report.error(paths.overlayDir, undefined, `${key} must be ${value}`)
    }
  }
  warnOfKeys(owners, right, report)
  const probes = owners.has('listeners')
    ? probesIn(settingOf('listeners'))
    : undefined
  if (probes?.length === 0) {
    // Otherwise nobody could find out either whether it is healthy.
    const message =
      'listeners has no entry of type http with a port or a path, so nobody ' +
      'could reach Synapse'
    report.error(paths.overlayDir, undefined, message)
  } else if (right.edge && probes?.every(each => !isEdges(each))) {
    const message =
      'listeners has no entry of type http with path: ' +
      `${paths.synapseSocket}, where the edge connects: add it, with mode: 432 ` +
      'and x_forwarded: true, or set EDGE=no'
    report.error(paths.overlayDir, undefined, message)
  }
  return {
    layOver: base => layOver(base, overlays),
    probes,
    replace: key => owners.has(key),
    secrets: () => secretsIn(readKeys(overlays)),
  }
}
