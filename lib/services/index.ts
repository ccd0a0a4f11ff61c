import type { Service } from '../service.ts'
import { cook } from './cook.ts'
import { pot } from './pot.ts'
import { sshd } from './sshd.ts'
import { synapse } from './synapse.ts'

/** All services, in the order in which they are set up. */
export const services: readonly Service[] = [pot, synapse, sshd, cook]
