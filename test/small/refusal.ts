// Failures that were foreseen, as a test looks at them.

import { Failure } from '../../lib/contract/failure.ts'

const asFailure = (error: unknown): Failure => {
  if (error instanceof Failure) {
    return error
  }
  throw error
}

/** The failure with which something ends, or nothing when it does not. */
export const refusal = (work: () => unknown): Failure | undefined => {
  try {
    work()
    return undefined
  } catch (error) {
    return asFailure(error)
  }
}

/** The same of a promise. */
export const rejection = (
  work: Promise<unknown>,
): Promise<Failure | undefined> => work.then(() => undefined, asFailure)
