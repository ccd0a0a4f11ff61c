import type { Host } from '../../host/host.ts'
import type { Stage } from '../stage/stage.ts'
import type { FileSystemStep } from './step.ts'
import * as dir from './dir.ts'
import * as file from './file.ts'
import * as files from './files.ts'
import * as line from './line.ts'
import * as mode from './mode.ts'
import * as rcvar from './rcvar.ts'
import * as removal from './removal.ts'
import * as sysctl from './sysctl.ts'
import * as user from './user.ts'

/** What to do about one kind of step. */
interface Work<S extends FileSystemStep> {
  drift: (step: S, host: Host) => string | undefined
  mend: (step: S, host: Host, stage: Stage) => void | Promise<void>
}

type OfKind<K> = Extract<FileSystemStep, { kind: K }>

const kinds: { [K in FileSystemStep['kind']]: Work<OfKind<K>> } = {
  dir,
  file,
  files,
  line,
  mode,
  rcvar,
  removal,
  sysctl,
  user,
}

// The compiler cannot see that a step fits the work of its kind.
const workFor = <S extends FileSystemStep>({ kind }: S): Work<S> =>
  kinds[kind] as unknown as Work<S>

/** What is wrong with something other than a service, or undefined. */
export const fileSystemDrift = (
  step: FileSystemStep,
  host: Host,
): string | undefined => workFor(step).drift(step, host)

/**
 * Stages what mends a step that drifts.
 * @throws {Failure} exit 73 if it cannot be written
 */
export const mend = async (
  step: FileSystemStep,
  host: Host,
  stage: Stage,
): Promise<void> => workFor(step).mend(step, host, stage)
