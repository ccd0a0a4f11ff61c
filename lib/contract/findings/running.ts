import { stopping } from './causes.ts'
import type { FindingRow } from './row.ts'

/** Whether the services of this jail run at all. */
export const running = [
  {
    name: 'service-down',
    meaning: 'a service of this jail is not healthy: nobody can use it',
    remedy: 'run cook: it starts the service, or reports why it cannot',
    after: stopping,
  },
] as const satisfies readonly FindingRow[]
