// The warnings about servers outside, and how long the probes took: by timeOf.

import { askOutside } from '../../lib/engine/outside.ts'
import type { Host } from '../../lib/host/host.ts'
import type { Outside } from '../../lib/engine/steps/daemon.ts'
import { timeOf } from '../support/promptly.ts'
import { serviceStep } from './service-step.ts'
import { telling } from './small-plan.ts'

/** Probes these servers as for a service that was started. */
export const asked = async (
  host: Host,
  outside: readonly Outside[],
): Promise<{ told: string; seconds: number }> => {
  const { log, told } = telling()
  const step = serviceStep([], { outside })
  const lived = await timeOf(() => askOutside([step], host).tell(log))
  return { told: told(), seconds: lived / 1000 }
}
