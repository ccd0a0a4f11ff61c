import type { Host } from '../../host/host.ts'
import type { Stage } from '../stage/stage.ts'
import type { ModeStep } from './step.ts'
import { octal } from './owner.ts'

// The bits that let other users read or write.
const open = 0o066

/**
 * What is wrong with the file; undefined also if there is no file, or if it is
 * not a file that only root owns.
 */
export const drift = (step: ModeStep, host: Host): string | undefined => {
  const stat = host.look(step.path)
  return host.privileged &&
    stat?.type === 'file' &&
    stat.uid === 0 &&
    stat.names === 1 &&
    (stat.mode & open) !== 0
    ? `has mode ${octal(stat.mode)}, so other users can read its secrets`
    : undefined
}

export const mend = (step: ModeStep, host: Host, stage: Stage): void => {
  const before = host.setMode(step.path, step.mode)
  if (before !== undefined) {
    stage.undo(() => void host.setMode(step.path, before))
  }
}
