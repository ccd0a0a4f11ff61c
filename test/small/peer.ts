// A listener of a test, which root must hold: so does the test itself.

import { hostAt, type Host } from '../../lib/host/host.ts'
import type { Keepers, Peer } from '../../lib/net/peer.ts'
import type { Probe } from '../../lib/net/probe.ts'
import { machine } from './host-in.ts'

/** This machine, where root may answer. */
export const ours = (host: Host = hostAt('/', machine)): Keepers => ({
  host,
  users: ['root'],
})

export const peerAt = (at: Probe): Peer => ({ ...ours(), at })
