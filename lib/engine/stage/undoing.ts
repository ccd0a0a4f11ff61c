import { errorMessage, exit, Failure } from '../../contract/failure.ts'

/** Takes all steps, whatever becomes of each. @returns what went wrong */
export const attempt = (steps: readonly (() => void)[]): string[] =>
  steps.flatMap(step => {
    try {
      step()
      return []
    } catch (error) {
      return [errorMessage(error)]
    }
  })

/**
 * Takes something back, all of it.
 * @param error why
 * @throws {Failure} exit 73 when something could not be taken back
 */
export const takeBack = (
  steps: readonly (() => void)[],
  error: unknown,
): void => {
  const failed = attempt(steps)
  if (failed.length > 0) {
    const what = `could not take back: ${failed.join('; ')}`
    const why = error === undefined ? '' : `${errorMessage(error)}; `
    throw new Failure(exit.cantCreate, why + what, { cause: error })
  }
}
