import type { Host } from '../../host/host.ts'
import type { ServiceRecord } from '../../engine/record/made.ts'
import type { Probe } from '../../net/probe.ts'
import { healthAt } from './listeners.ts'
import { trustedFormerly } from './trusted.ts'

/** Files that may be there and are not needed any more, without a record. */
export const formerly = (
  host: Host,
  probes: readonly Probe[],
): ServiceRecord => ({
  checks: probes.map(healthAt),
  made: [
    ...trustedFormerly(host),
    { kind: 'service', name: 'synapse', enabled: false },
  ],
})
