import { join } from 'node:path'
import type { Host } from '../../host/host.ts'
import type { Stage } from '../stage/stage.ts'
import type { FilesStep, FileStep } from './step.ts'
import * as file from './file.ts'
import { ownerOf } from './owner.ts'

const each = ({ path, files, owner, group, mode }: FilesStep) =>
  files.map(({ name, content }) => ({
    kind: 'file' as const,
    path: join(path, name),
    content,
    owner,
    group,
    mode,
  })) satisfies FileStep[]

const wrong = (step: FilesStep, host: Host) =>
  each(step).filter(one => file.ownDrift(one, host) !== undefined)

// Leftovers of an interrupted run are among them.
const unwanted = ({ path, files, names }: FilesStep, host: Host): string[] => {
  const wanted = new Set(files.map(({ name }) => name))
  return host
    .list(path)
    .filter(name => names.test(name) && !wanted.has(name))
    .map(name => join(path, name))
    .filter(one => host.look(one)?.type === 'file')
}

/** The files whose readers see something else after mending. */
export const changing = (step: FilesStep, host: Host): string[] =>
  each(step).flatMap(one => (file.changesContent(one, host) ? [one.path] : []))

/** What is wrong with the files, on one line, or undefined. */
export const drift = (step: FilesStep, host: Host): string | undefined => {
  const missing = wrong(step, host).length
  const over = unwanted(step, host).length
  const said = [
    ...(missing > 0
      ? [`have ${missing} of ${step.files.length} missing or wrong`]
      : []),
    ...(over > 0 ? [`have ${over} too many`] : []),
  ]
  return said.length > 0 ? said.join(', ') : undefined
}

/**
 * Writes the files at once. The name of each file depends on its content, so
 * nothing reads a new file until another file names it, and the check of a
 * service can already read it. Files that are not needed any more go last.
 */
export const mend = async (
  step: FilesStep,
  host: Host,
  stage: Stage,
): Promise<void> => {
  unwanted(step, host).forEach(stage.drop)
  const due = wrong(step, host)
  for (const { path, content, mode } of due) {
    stage.file(path, content, mode, ownerOf(host, step))
  }
  await stage.settle()
  await stage.commit(new Set(due.map(({ path }) => path)))
}
