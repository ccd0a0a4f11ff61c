import type { Context } from './context.ts'
import { whereOf } from './health.ts'
import { recordedLedger } from './record/record.ts'
import type { ServiceStep } from './steps/step.ts'
import { checksOf, verify, type Health } from './verify.ts'

// In seconds. One that is healthy answers at once.
const timeout = 5

/** What the last apply has started, as it left it. */
const startedOf = ({ host, services }: Context): ServiceStep[] => {
  const ledger = recordedLedger(host, services)
  return services.flatMap(({ name, daemon }) => {
    const { checks, made } = ledger[name] ?? { checks: [], made: [] }
    const isStarted = made.some(({ kind }) => kind === 'service')
    return daemon !== undefined && isStarted
      ? [{ ...daemon, kind: 'service', reads: [], checks, timeout }]
      : []
  })
}

/** The truth about one service. */
export interface Status {
  name: string
  health: Health
  /** Where it is asked, in words. */
  where: string[]
}

/** Asks every service that the last apply has started. */
export const statusOf = (context: Context): Promise<Status[]> =>
  Promise.all(
    startedOf(context).map(async step => ({
      name: step.name,
      health: await verify(context.host, step, undefined),
      where: (await checksOf(context.host, step)).map(whereOf),
    })),
  )
