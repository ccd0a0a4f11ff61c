import type { Host } from '../../host/host.ts'
import type { Stage } from './stage.ts'

// What a killed run leaves next to a file can be a complete copy with secrets.
// So every step that writes a file removes such leftovers.

/** What is wrong next to a file, or undefined. */
export const drift = (
  path: string,
  host: Host,
  name = 'it',
): string | undefined =>
  host.leftovers(path).length > 0
    ? `has leftovers of an interrupted run beside ${name}`
    : undefined

export const mend = (path: string, host: Host, stage: Stage): void =>
  stage.clean(host.leftovers(path))
