import type { Exit } from '../../lib/contract/failure.ts'
import { forgetMark } from '../../lib/engine/data-set/set-back.ts'
import { services } from '../../lib/services/index.ts'
import type { Run } from '../world.ts'
import { run as apply } from './apply.ts'

/**
 * Does what cook does when it sees that data were set back, also where it cannot
 * see it: the jail was set back with them, or a server elsewhere was.
 */
export const run = (run: Run): Promise<Exit> => {
  services
    .flatMap(({ daemon }) => (daemon?.once ? [daemon] : []))
    .forEach(daemon => forgetMark(run.host, daemon))
  return apply(run)
}
