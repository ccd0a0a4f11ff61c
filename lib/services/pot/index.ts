import { paths } from '../../contract/paths.ts'
import { service } from '../../engine/service.ts'

/**
 * At each start pot writes the parameters, passwords included, to files that
 * every user of the jail can read.
 */
export const pot = service({
  name: 'pot',
  wanted: () => true,
  steps: () => [
    { kind: 'mode', path: paths.potEnvironment, mode: 0o600 },
    // The program that the jail starts with if there is no rc.
    { kind: 'mode', path: paths.potScript, mode: 0o700 },
  ],
})
