import { accountDrifts, type Drift } from './drifts.ts'
import { Failure } from './failure.ts'
import type { Host } from './host.ts'
import type { Log } from './log.ts'
import { paths } from './paths.ts'
import type { AccountStep } from './step.ts'
import * as account from './steps/account.ts'

/** What came of the accounts. */
export interface Made {
  made: Drift[]
  failure?: Failure
}

const told = (
  { name, passwordFile }: AccountStep,
  outcome: account.Outcome,
  log: Log,
): void => {
  if (outcome === 'made') {
    const place = passwordFile ? `in ${passwordFile}` : 'ADMINPASS'
    log.done(`account ${name} is made: an administrator, password ${place}`)
  } else {
    log.warning(
      `the name ${name} is taken by another account, which stays as it is: ` +
        'cook has made no administrator, cook user --admin NAME does',
    )
  }
}

/**
 * Makes the accounts that were never made, on healthy services. One that
 * cannot be made is no reason to leave the rest undone: its failure is for
 * the end.
 */
export const makeAccounts = async (
  accounts: readonly AccountStep[],
  host: Host,
  log: Log,
): Promise<Made> => {
  const due = accountDrifts(accounts, host)
  const made: Drift[] = []
  for (const each of due) {
    log.keep(lines => host.append(paths.cookLog, lines))
    const quiet = log.busy(`making account ${each.step.name}`)
    try {
      told(each.step, await account.mend(each.step, host).finally(quiet), log)
      made.push(each)
    } catch (error) {
      if (error instanceof Failure) {
        const { exit, message, details } = error
        const what = `account ${each.step.name} could not be made: ${message}`
        return { made, failure: new Failure(exit, what, { details }) }
      }
      throw error
    }
  }
  return { made }
}
