import { exit, Failure } from '../../contract/failure.ts'
import type { Host } from '../../host/host.ts'
import { reveal } from '../../contract/secret.ts'
import { newStage, type Stage } from '../stage/stage.ts'
import type { FileStep } from './step.ts'
import { accessDrift, ownerOf } from './owner.ts'
import * as remains from '../stage/remains.ts'

/** What is wrong with the file itself, leftovers aside. */
export const ownDrift = (step: FileStep, host: Host): string | undefined => {
  const stat = host.look(step.path)
  if (stat === undefined) {
    return 'is missing'
  }
  if (stat.type === 'dir') {
    throw new Failure(exit.config, `${step.path}: is a directory, not a file`)
  }
  if (typeof step.content === 'object' && 'make' in step.content) {
    return step.content.reason
  }
  return stat.type !== 'file'
    ? 'is not a regular file'
    : host.text(step.path) !== reveal(step.content)
      ? 'has different content'
      : accessDrift(host, step, stat)
}

/** Whether mending changes what readers of the file see. */
export const changesContent = (step: FileStep, host: Host): boolean =>
  (typeof step.content === 'object' && 'make' in step.content) ||
  host.look(step.path)?.type !== 'file' ||
  host.text(step.path) !== reveal(step.content)

/** What is wrong with the file, or undefined. */
export const drift = (step: FileStep, host: Host): string | undefined =>
  ownDrift(step, host) ?? remains.drift(step.path, host)

export const mend = async (
  step: FileStep,
  host: Host,
  stage: Stage,
): Promise<void> => {
  remains.mend(step.path, host, stage)
  if (ownDrift(step, host) !== undefined) {
    const content =
      typeof step.content === 'object' && 'make' in step.content
        ? await step.content.make()
        : reveal(step.content)
    stage.file(step.path, content, step.mode, ownerOf(host, step))
  }
}

/**
 * Mends the file at once, so that it is on the disk before the next step.
 * @throws {Failure} exit 73 if it cannot be written; then nothing is changed
 */
export const mendNow = async (step: FileStep, host: Host): Promise<void> => {
  const stage = newStage(host)
  try {
    await mend(step, host, stage)
    await stage.settle()
    await stage.commit()
    stage.finish()
  } catch (error) {
    stage.abandon()
    throw error
  }
}
