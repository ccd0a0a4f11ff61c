import type { Params } from '../params.ts'
import type { Recalled } from '../recall.ts'
import type { FileSystemStep, Step } from '../step.ts'
import { admin } from './admin.ts'
import { control } from './control.ts'
import { cook } from './cook.ts'
import { pot } from './pot.ts'
import { synapse } from './synapse.ts'

/**
 * All services, in the order in which they are set up. Each says what it
 * needs, as data; only lib/steps/ acts.
 */
export const services: readonly ((
  params: Params,
  recalled: Recalled,
) => Step[])[] = [pot, synapse, admin, control]

/** What the jails of an image need before there are parameters. */
export const imageServices: readonly ((nomad: boolean) => FileSystemStep[])[] =
  [cook]
