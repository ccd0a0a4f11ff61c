// What cook doctor looks at, as data: a service says its looks, and the engine
// runs all of them side by side.

import type { FindingName } from '../../contract/findings/findings.ts'
import type { Host } from '../../host/host.ts'

/** What one daily run tells the looks of later runs. */
export interface Note {
  at: Date
  value: unknown
}

/** What takes long is looked at once a day, and noted. */
export interface Daily {
  /** Whether this is that run. */
  isNow: boolean
  /** Notes something for later runs. */
  note: (key: string, value: unknown) => void
  /** What the last daily run has noted. */
  noted: (key: string) => Note | undefined
}

/** What a look gets. */
export interface Sight {
  host: Host
  now: () => Date
  daily: Daily
  /** Ends every wait: at the time limit, or when all looks are done. */
  signal: AbortSignal
  /** What several looks need is found out once: `make` runs at most once. */
  once: <T>(make: (sight: Sight) => Promise<T>) => Promise<T>
}

/** Something is wrong. */
export interface Wrong<F extends FindingName = FindingName> {
  finding: F
  /** What is wrong here, and what that means for whom: no full stop. */
  says: string
  /** What fixes it here; without it the remedy of the table is shown. */
  mends?: string
}

/** Something cannot be seen from here, which is no finding. */
export interface Unseen<F extends FindingName = FindingName> {
  unseen: readonly F[]
  /** Why, without a subject: `the jail does not reach its own address`. */
  why: string
  /** The command to run elsewhere, or later. */
  elsewhere: string
}

/** Something cannot be seen because of another finding, which says enough. */
export interface Hidden<F extends FindingName = FindingName> {
  hidden: readonly F[]
}

/** What a look has seen; of the findings that it does not name, nothing. */
export type Seen<F extends FindingName = FindingName> =
  | Wrong<F>
  | Unseen<F>
  | Hidden<F>

/** One look. */
export interface Look {
  /** All that it may find. */
  finds: readonly FindingName[]
  /**
   * Changes nothing, and bounds each of its waits.
   * @throws {Failure} if it cannot look: that is no finding either
   */
  see: (sight: Sight) => Promise<readonly Seen[]>
}

/** Makes a look, which finds only what it says. */
export const look = <const F extends FindingName>(
  finds: readonly F[],
  see: (sight: Sight) => Promise<readonly Seen<F>[]>,
): Look => ({ finds, see })
