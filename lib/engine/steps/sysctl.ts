import { errorMessage, exit, Failure } from '../../contract/failure.ts'
import type { Host } from '../../host/host.ts'
import type { Stage } from '../stage/stage.ts'
import type { SysctlStep } from './step.ts'

/** What is wrong with the variable, or undefined. A root has none. */
export const drift = (
  { value, now }: SysctlStep,
  host: Host,
): string | undefined =>
  !host.live || now === value ? undefined : `is ${now} instead of ${value}`

/** Sets it with sysctl(8). */
export const mend = async (
  step: SysctlStep,
  host: Host,
  stage: Stage,
): Promise<void> => {
  if (drift(step, host) === undefined) {
    return
  }
  const { name, value, now } = step
  const { code, stderr } = await host
    .run('sysctl', [`${name}=${value}`], 10)
    .catch(error => ({ code: undefined, stderr: errorMessage(error) }))
  if (code !== 0) {
    throw new Failure(exit.cantCreate, `sysctl ${name}=${value} failed`, {
      details: stderr.trim().split('\n'),
    })
  }
  stage.undo(() => host.runNow('sysctl', [`${name}=${now}`]))
}
