import { exit, Failure } from '../failure.ts'
import type { Host } from '../host.ts'
import type { Stage } from '../stage.ts'
import type { DirStep } from '../step.ts'
import { accessDrift, ownerOf } from './owner.ts'

/**
 * What is wrong with the folder, or nothing.
 * @throws {Failure} exit 78 when something else stands in its place
 */
export const drift = (step: DirStep, host: Host): string | undefined => {
  const stat = host.look(step.path)
  if (stat === undefined) {
    return 'is missing'
  }
  if (stat.type !== 'dir') {
    // Following a link here could lead root anywhere.
    const is = stat.type === 'link' ? 'a symbolic link' : 'no folder'
    throw new Failure(exit.config, `${step.path}: is ${is}: a folder must be here`)
  }
  return accessDrift(host, step, stat)
}

export const mend = (step: DirStep, host: Host, stage: Stage): void =>
  stage.dir(step.path, step.mode, ownerOf(host, step))
