import type { Service } from '../engine/service.ts'
import { cook } from './cook/index.ts'
import { edge } from './edge/index.ts'
import { pot } from './pot/index.ts'
import { sshd } from './sshd/index.ts'
import { synapse } from './synapse/index.ts'

/** All services, in the order in which they are set up. */
export const services: readonly Service[] = [pot, synapse, edge, sshd, cook]
