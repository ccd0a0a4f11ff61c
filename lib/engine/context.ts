import type { Host } from '../host/host.ts'
import type { Log } from '../host/log/log.ts'
import type { Service } from './service.ts'

/** What every stage works with: the jail, the log, and how far a run goes. */
export interface Context {
  host: Host
  log: Log
  /** All services that there are, in the order in which they are set up. */
  services: readonly Service[]
  /** Whether services are touched: not below a root, nor with --no-start. */
  starts: boolean
  /** Ends the waiting: what is not done yet is left to the next run. */
  ending?: AbortSignal | undefined
}
