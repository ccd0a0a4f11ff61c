import { errorMessage, exit, Failure } from '../failure.ts'
import type { Host } from '../host.ts'
import type { Stage } from '../stage.ts'
import type { UserStep } from '../step.ts'

/** What is wrong with the user, or nothing. */
export const drift = (step: UserStep, host: Host): string | undefined =>
  host.uid(step.name) === undefined ? 'is missing' : undefined

/** Makes the user with pw(8), which works below a root too. */
export const mend = async (
  step: UserStep,
  host: Host,
  stage: Stage,
): Promise<void> => {
  const where = host.live ? [] : ['-R', host.root]
  const args = [
    ...where,
    ...['useradd', step.name, '-c', step.comment, '-d', step.home],
    ...['-s', step.shell, '-G', step.groups.join(',')],
  ]
  const { code, stderr } = await host
    .run('pw', args)
    .catch(error => ({ code: undefined, stderr: errorMessage(error) }))
  if (code !== 0) {
    throw new Failure(exit.cantCreate, `pw useradd ${step.name} failed`, {
      details: stderr.trim().split('\n'),
    })
  }
  stage.undo(() => host.runNow('pw', [...where, 'userdel', step.name]))
}
