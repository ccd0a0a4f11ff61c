// What is told about servers outside, and how long that took.

import { askOutside } from '../../lib/engine/outside.ts'
import type { Host } from '../../lib/host/host.ts'
import type { Outside } from '../../lib/engine/steps/step.ts'
import { serviceStep } from './service-step.ts'
import { telling } from './small-plan.ts'

/** Asks as for a service that is started and uses these servers. */
export const asked = async (
  host: Host,
  outside: readonly Outside[],
): Promise<{ told: string; seconds: number }> => {
  const { log, told } = telling()
  const begun = performance.now()
  const step = serviceStep([], { outside })
  await askOutside([step], host).tell(log)
  return { told: told(), seconds: (performance.now() - begun) / 1000 }
}
