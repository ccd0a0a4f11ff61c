// Services that listen elsewhere after a run: others may be configured for where
// they listened before.

import { listed } from '../../contract/report.ts'
import { placeName, placesOf } from '../health/health.ts'
import type { HealthCheck } from '../steps/daemon.ts'
import type { Ledger } from './made.ts'

/** A service that listens elsewhere. */
export interface Move {
  name: string
  /** Where it will listen and where it will not, in words. */
  what: string
}

const namesOf = (checks: readonly HealthCheck[] = []): string[] => [
  ...new Set(placesOf(checks).map(placeName)),
]

/**
 * What services give up of the addresses and sockets where they listen.
 * @param old what the last run recorded
 * @param next what this run will record
 */
export const movesOf = (old: Ledger, next: Ledger): Move[] => {
  // Another service may take over an address.
  const all = namesOf(Object.values(next).flatMap(({ checks }) => checks))
  return Object.entries(next).flatMap(([name, { checks }]) => {
    const [before, after] = [namesOf(old[name]?.checks), namesOf(checks)]
    const gone = before.filter(each => !all.includes(each))
    const come = after.filter(each => !before.includes(each))
    const instead = come.length > 0 ? `listens on ${listed(come)} and ` : ''
    return gone.length === 0 || after.length === 0
      ? []
      : [
          {
            name,
            what:
              `${instead}no longer on ${listed(gone)}: a proxy that connects ` +
              'there gets no answer any more',
          },
        ]
  })
}
