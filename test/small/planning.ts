// Plans of all services, from what they have recalled.

import type { Gathered } from '../../lib/params/gather.ts'
import { hostAt, type Host } from '../../lib/host/host.ts'
import type { Ledger } from '../../lib/engine/record/made.ts'
import type { RecalledEdge } from '../../lib/services/edge/recall.ts'
import { edge } from '../../lib/services/edge/index.ts'
import type { Params } from '../../lib/params/params.ts'
import { plan, type Plan } from '../../lib/engine/plan.ts'
import type { RecalledControl } from '../../lib/services/sshd/recall.ts'
import type { Recalled } from '../../lib/services/synapse/recall.ts'
import type { services } from '../../lib/services/index.ts'
import { sshd } from '../../lib/services/sshd/index.ts'
import { synapse } from '../../lib/services/synapse/index.ts'
import { machine } from './host-in.ts'
import { contextIn, telling } from './small-plan.ts'

/** What each service has recalled. */
export interface Found {
  synapse: Recalled
  sshd?: RecalledControl
  edge?: RecalledEdge
}

/** The plan for parameters, in a jail with nothing in it. */
export const planOf = (
  gathered: Gathered,
  params: Params,
  found: Found,
  version = '0.1.0',
  ledger: Ledger = {},
  host: Host = hostAt('/nowhere', machine),
): Plan => {
  const recalled = new Map<(typeof services)[number], unknown>([
    [synapse, found.synapse],
    [sshd, found.sshd],
    [edge, found.edge],
  ])
  const { log } = telling()
  const intended = { version, gathered, params, recalled, ledger }
  return plan(intended, contextIn(host, log, true))
}
