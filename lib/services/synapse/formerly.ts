import type { Host } from '../../host/host.ts'
import { paths } from '../../contract/paths.ts'
import {
  hashOf,
  type Made,
  type ServiceRecord,
} from '../../engine/record/made.ts'
import type { Probe } from '../../net/probe.ts'
import { trustMade } from './federation/federation-ca.ts'
import { healthAt } from './listeners.ts'

const fileMade = (host: Host, path: string): Made[] => {
  const text = host.text(path)
  return text === undefined
    ? []
    : [{ kind: 'file', path, hashes: [hashOf(text)] }]
}

/** Files that may be there and are not needed any more, without a record. */
export const formerly = (
  host: Host,
  probes: readonly Probe[],
): ServiceRecord => ({
  checks: probes.map(healthAt),
  made: [
    ...fileMade(host, paths.ldapCa),
    trustMade(),
    { kind: 'service', name: 'synapse', enabled: false },
  ],
})
