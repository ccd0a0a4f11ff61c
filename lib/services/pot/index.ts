import { paths } from '../../contract/paths.ts'
import { service } from '../../engine/service.ts'

/**
 * pot writes the parameters, passwords too, where everybody in the jail reads
 * them, at each start anew.
 */
export const pot = service({
  name: 'pot',
  wanted: () => true,
  steps: () => [
    { kind: 'mode', path: paths.potEnvironment, mode: 0o600 },
    // The program that the jail was started with, where there is no rc.
    { kind: 'mode', path: paths.potScript, mode: 0o700 },
  ],
})
