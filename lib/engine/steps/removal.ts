import type { Host } from '../../host/host.ts'
import type { Stage } from '../stage/stage.ts'
import type { RemovalStep } from './step.ts'
import * as remains from './remains.ts'

/** What is wrong, or undefined. */
export const drift = (step: RemovalStep, host: Host): string | undefined =>
  host.look(step.path) === undefined ? undefined : 'is no longer needed'

export const mend = (step: RemovalStep, host: Host, stage: Stage): void => {
  remains.mend(step.path, host, stage)
  stage.drop(step.path)
}
