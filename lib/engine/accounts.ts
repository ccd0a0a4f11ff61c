import type { Context } from './context.ts'
import { accountDrifts, type Drift } from './drifts.ts'
import { Failure } from '../contract/failure.ts'
import { paths } from '../contract/paths.ts'
import type { AccountStep } from './steps/step.ts'

/** What was done about the accounts. */
export interface Made {
  made: Drift[]
  failure?: Failure
}

/**
 * Creates the accounts that are missing; the services are healthy by now. The
 * failure of one account is returned, because the run has more to do.
 */
export const makeAccounts = async (
  accounts: readonly AccountStep[],
  { host, log }: Context,
): Promise<Made> => {
  const made: Drift[] = []
  for (const each of accountDrifts(accounts, host)) {
    log.keep(lines => host.append(paths.cookLog, lines))
    const quiet = log.busy(`creating account ${each.step.name}`)
    try {
      const { isMade, message } = await each.step.make(host).finally(quiet)
      const tell = isMade ? log.done : log.warning
      tell(message)
      made.push(each)
    } catch (error) {
      if (error instanceof Failure) {
        const { exit, message, details } = error
        const what = `account ${each.step.name} could not be created: ${message}`
        return { made, failure: new Failure(exit, what, { details }) }
      }
      throw error
    }
  }
  return { made }
}
