import type { Host } from '../host.ts'
import type { Stage } from '../stage.ts'
import type { RemovalStep } from '../step.ts'

/** What is wrong, or nothing. */
export const drift = (step: RemovalStep, host: Host): string | undefined =>
  host.look(step.path) === undefined ? undefined : 'is not needed any more'

export const mend = (step: RemovalStep, host: Host, stage: Stage): void => {
  host.leftovers(step.path).forEach(host.remove)
  stage.drop(step.path)
}
