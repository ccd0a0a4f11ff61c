import { exit, Failure } from '../contract/failure.ts'
import { Secret } from '../contract/secret.ts'
import { stepName, type DirStep, type Step } from './steps/step.ts'

/**
 * root never uses a path that another user can change (promise 7), and no file
 * with a secret is readable by everybody.
 * @throws {Failure} exit 70: such a plan is a defect of cook
 */
export const refuseUnsafe = (steps: readonly Step[]): void => {
  const foreign = steps.filter(
    step => step.kind === 'dir' && step.owner !== 'root',
  ) as DirStep[]
  for (const step of steps) {
    if (!('path' in step)) {
      continue
    }
    const within = foreign.find(dir => step.path.startsWith(`${dir.path}/`))
    const secret = step.kind === 'file' && step.content instanceof Secret
    if (within !== undefined || (secret && (step.mode & 0o007) !== 0)) {
      throw new Failure(exit.software, `unsafe: ${stepName(step)}`)
    }
  }
}
