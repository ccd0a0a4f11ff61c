import { paths } from '../paths.ts'
import type { ModeStep } from '../step.ts'

/**
 * pot writes the parameters, passwords too, where everybody in the jail reads
 * them, at each start anew.
 */
export const pot = (): ModeStep[] => [
  { kind: 'mode', path: paths.potEnvironment, mode: 0o600 },
  // The program that the jail was started with, where there is no rc.
  { kind: 'mode', path: paths.potScript, mode: 0o700 },
]
