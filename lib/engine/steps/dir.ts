import { exit, Failure } from '../../contract/failure.ts'
import type { Host } from '../../host/host.ts'
import type { Stat } from '../../host/look.ts'
import type { Stage } from '../stage/stage.ts'
import type { DirStep } from './step.ts'
import { accessDrift, ownerOf } from './owner.ts'

// What is in a directory of another user comes from that user: a profile that a
// shell reads, for one. root closes a directory and looks at what it contains;
// it does not look into directories of users.
const refuseGift = (step: DirStep, host: Host, { uid }: Stat): void => {
  const wanted = ownerOf(host, step).uid ?? uid
  const owner = uid === 0 ? undefined : host.userOf(uid)
  if (step.owner !== 'root' && uid !== wanted && owner !== undefined) {
    const message =
      `is owned by ${owner}, but must be owned by ${step.owner}: move it away, ` +
      `or look at its files and run chown -hR ${step.owner} ${step.path}`
    throw new Failure(exit.config, `${step.path}: ${message}`)
  }
}

/** What is wrong with the directory itself, leftovers aside. */
export const ownDrift = (step: DirStep, host: Host): string | undefined => {
  const stat = host.look(step.path)
  if (stat === undefined) {
    return 'is missing'
  }
  if (stat.type !== 'dir') {
    // If root followed a link here, it could end up anywhere.
    const is = stat.type === 'link' ? 'a symbolic link' : 'not a directory'
    const message = `${step.path}: is ${is}: a directory must be here`
    throw new Failure(exit.config, message)
  }
  refuseGift(step, host, stat)
  return accessDrift(host, step, stat)
}

// Next to files that the parameters do not need any more. In directories of
// other users cook writes no files.
const remains = (step: DirStep, host: Host): string[] =>
  step.owner === 'root' ? host.leftoversIn(step.path) : []

/**
 * What is wrong with the directory, or undefined.
 * @throws {Failure} exit 78 if something else is in its place
 */
export const drift = (step: DirStep, host: Host): string | undefined =>
  ownDrift(step, host) ??
  (remains(step, host).length > 0
    ? 'contains leftovers of an interrupted run'
    : undefined)

export const mend = (step: DirStep, host: Host, stage: Stage): void => {
  stage.clean(remains(step, host))
  if (ownDrift(step, host) !== undefined) {
    stage.dir(step.path, step.mode, ownerOf(host, step))
  }
}
