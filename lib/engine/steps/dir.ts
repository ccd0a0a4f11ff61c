import { exit, Failure } from '../../contract/failure.ts'
import type { Host } from '../../host/host.ts'
import type { Stage } from '../stage/stage.ts'
import type { DirStep } from './step.ts'
import { accessDrift, ownerOf } from './owner.ts'

const ownDrift = (step: DirStep, host: Host): string | undefined => {
  const stat = host.look(step.path)
  if (stat === undefined) {
    return 'is missing'
  }
  if (stat.type !== 'dir') {
    // Following a link here could lead root anywhere.
    const is = stat.type === 'link' ? 'a symbolic link' : 'not a directory'
    const message = `${step.path}: is ${is}: a directory must be here`
    throw new Failure(exit.config, message)
  }
  return accessDrift(host, step, stat)
}

// Beside files that nobody wants any more, since the parameters have changed
// since then. In another's folder cook writes none.
const remains = (step: DirStep, host: Host): string[] =>
  step.owner === 'root' ? host.leftoversIn(step.path) : []

/**
 * What is wrong with the folder, or nothing.
 * @throws {Failure} exit 78 when something else stands in its place
 */
export const drift = (step: DirStep, host: Host): string | undefined =>
  ownDrift(step, host) ??
  (remains(step, host).length > 0
    ? 'contains files of an interrupted run'
    : undefined)

export const mend = (step: DirStep, host: Host, stage: Stage): void => {
  stage.clean(remains(step, host))
  if (ownDrift(step, host) !== undefined) {
    stage.dir(step.path, step.mode, ownerOf(host, step))
  }
}
