import type { Context } from '../context.ts'
import { renderFaultText } from '../../contract/report.ts'
import { explained } from './diagnosis.ts'
import { whereOf } from './health.ts'
import { rcConflicts } from '../rc-conflicts.ts'
import { recordedLedger } from '../record/record.ts'
import type { Host } from '../../host/host.ts'
import type { ServiceStep } from '../steps/step.ts'
import { verify, type Health } from './verify.ts'

// In seconds. A healthy service answers at once.
const timeout = 5

/** The services that the last apply started, as it recorded them. */
export const startedOf = ({ host, services }: Context): ServiceStep[] => {
  const ledger = recordedLedger(host, services)
  return services.flatMap(({ name, daemon }) => {
    const { checks, made } = ledger[name] ?? { checks: [], made: [] }
    const isStarted = made.some(({ kind }) => kind === 'service')
    return daemon !== undefined && isStarted
      ? [{ ...daemon, kind: 'service', reads: [], checks, timeout }]
      : []
  })
}

/** The state of one service. */
export interface Status {
  name: string
  health: Health
  /** What an administrator should know although it is healthy. */
  notices: readonly string[]
  /** Where it is checked, in words. */
  where: string[]
}

/** With such a variable rc(8) starts something else. */
const conflictOf = (step: ServiceStep, host: Host): Health | undefined => {
  const conflicts = rcConflicts(step, host)
  const fault = conflicts.find(({ severity }) => severity === 'error')
  return fault && { healthy: false, cause: renderFaultText(fault), log: [] }
}

const healthOf = async (host: Host, step: ServiceStep): Promise<Health> =>
  conflictOf(step, host) ??
  explained(host, step, await verify(host, step, undefined))

/** Checks every service that the last apply started. */
export const statusOf = (context: Context): Promise<Status[]> =>
  Promise.all(
    startedOf(context).map(async ({ listening, ...step }) => {
      const { host } = context
      // Asked once: for sshd this runs a program.
      const checks = [...step.checks, ...((await listening?.(host)) ?? [])]
      return {
        name: step.name,
        health: await healthOf(host, { ...step, checks }),
        notices: (await step.notices?.(host, 0)) ?? [],
        where: checks.map(whereOf),
      }
    }),
  )
