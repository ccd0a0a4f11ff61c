import type { Host } from '../../host/host.ts'
import type { Stage } from '../stage/stage.ts'

// What a killed run leaves beside a file is as complete as the file, and may
// hold secrets. So it belongs to what every step that writes a file mends.

/** What is wrong beside a file, or nothing. */
export const drift = (
  path: string,
  host: Host,
  name = 'it',
): string | undefined =>
  host.leftovers(path).length > 0
    ? `has files of an interrupted run beside ${name}`
    : undefined

export const mend = (path: string, host: Host, stage: Stage): void =>
  stage.clean(host.leftovers(path))
