import { exit, Failure } from '../../contract/failure.ts'
import { newReport } from '../../contract/report.ts'
import type { Host } from '../../host/host.ts'
import type { Stage } from '../stage/stage.ts'
import { ownDrift } from '../steps/dir.ts'
import { ownerOf } from '../steps/owner.ts'
import type { DirStep, FileSystemStep } from '../steps/step.ts'
import { isOpen, judgeFolders } from './judge-folders.ts'

/** A directory that was closed, and what was wrong with it. */
interface Closed {
  step: DirStep
  reason: string
}

const canClose = (step: FileSystemStep, host: Host): step is DirStep => {
  const stat = step.kind === 'dir' ? host.look(step.path) : undefined
  return (
    step.kind === 'dir' &&
    step.owner === 'root' &&
    host.privileged &&
    stat?.type === 'dir' &&
    isOpen(stat)
  )
}

/**
 * Closes the directories of root's in which other users can create files, before
 * anything is written in one. Only then it looks at what they contain: their
 * users could add files until that moment, even to a directory that they only
 * had open.
 * @throws {Failure} exit 78 if another user may have put a file there
 */
export const closeFolders = (
  steps: readonly FileSystemStep[],
  host: Host,
  stage: Stage,
): Closed[] => {
  const closed: Closed[] = []
  // The owner of a directory can replace those in it, so that one comes first.
  const inOrder = steps
    .filter(step => step.kind === 'dir')
    .toSorted((a, b) => a.path.length - b.path.length)
  for (const step of inOrder) {
    if (canClose(step, host)) {
      const reason = ownDrift(step, host) ?? 'is open to other users'
      stage.dir(step.path, step.mode, ownerOf(host, step))
      closed.push({ step, reason })
    }
  }
  const report = newReport()
  const opened = closed.map(({ step }) => step.path)
  if (opened.length > 0 && !judgeFolders(host, report, opened)) {
    const [first = '', ...more] = report.faults.map(
      ({ subject, message }) => `${subject}: ${message}`,
    )
    const message = `${first}: nothing was changed`
    throw new Failure(exit.config, message, { details: more })
  }
  return closed
}
