import type { Host } from '../../host/host.ts'
import type { Stage } from '../stage/stage.ts'
import type { RemovalStep } from './step.ts'
import * as remains from '../stage/remains.ts'

const isDirectory = ({ path }: RemovalStep, host: Host): boolean =>
  host.look(path)?.type === 'dir'

/** What is wrong, or undefined. */
export const drift = (step: RemovalStep, host: Host): string | undefined => {
  const { path, passing } = step
  const isUnwanted =
    passing === undefined
      ? host.look(path) !== undefined
      : isDirectory(step, host) &&
        host.list(path).every(name => passing.test(name))
  return isUnwanted ? 'is no longer needed' : undefined
}

export const mend = (step: RemovalStep, host: Host, stage: Stage): void => {
  const { path, passing } = step
  if (passing === undefined) {
    remains.mend(path, host, stage)
    stage.drop(path)
  } else {
    stage.dropDir(path)
  }
}
