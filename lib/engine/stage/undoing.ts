import { errorMessage, exit, Failure } from '../../contract/failure.ts'

/** Runs all steps, even if one fails. @returns what went wrong */
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
 * Rolls back all of it.
 * @param error why
 * @throws {Failure} exit 73 if a change could not be rolled back
 */
export const takeBack = (
  steps: readonly (() => void)[],
  error: unknown,
): void => {
  const failed = attempt(steps)
  if (failed.length > 0) {
    const what = `could not roll back: ${failed.join('; ')}`
    const why = error === undefined ? '' : `${errorMessage(error)}; `
    throw new Failure(exit.cantCreate, why + what, { cause: error })
  }
}
