// What only the jail itself knows about Synapse: its programs and data, its
// local overrides, and the servers that it uses.

import { clockLook } from './clock.ts'
import { databaseLook } from './database.ts'
import { ldapLook, mailLook } from './servers.ts'
import type { Look } from '../../../../engine/doctor/look.ts'
import { overlaysOf, unreadLook, replacesLook } from './overlays.ts'
import { packagesLook, programsLook } from './programs.ts'
import type { Params } from '../../../../params/params.ts'

/** The looks at Synapse that ask nobody outside but its own servers. */
export const localLooks = (params: Params): Look[] => {
  const overlays = overlaysOf(params)
  return [
    ...[clockLook(params), programsLook, packagesLook(overlays)],
    ...[databaseLook(overlays), unreadLook, replacesLook(params, overlays)],
    ...[ldapLook(params, overlays), mailLook(params, overlays)],
  ]
}
