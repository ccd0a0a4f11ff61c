// Expected failures, for comparison in tests.

import { Failure } from '../../lib/contract/failure.ts'

const asFailure = (error: unknown): Failure => {
  if (error instanceof Failure) {
    return error
  }
  throw error
}

/** The failure that a function throws, or undefined. */
export const refusal = (work: () => unknown): Failure | undefined => {
  try {
    work()
    return undefined
  } catch (error) {
    return asFailure(error)
  }
}

/** The same for a promise. */
export const rejection = (
  work: Promise<unknown>,
): Promise<Failure | undefined> => work.then(() => undefined, asFailure)
