// What services run with: their rc variables, pid files, programs and data.

import type { Context } from '../context.ts'
import type { Host } from '../../host/host.ts'
import { isAlive, processesOf, strangerOf } from '../health/running.ts'
import { isContinuous } from '../data-set/set-back.ts'
import { look, type Look, type Wrong } from './look.ts'
import { paths } from '../../contract/paths.ts'
import type { Planning } from './planned.ts'
import { rcConflicts, rcFaults } from '../rc-conflicts.ts'
import { renderFaultText } from '../../contract/report.ts'
import { startedOf } from '../health/status.ts'
import type { ServiceStep } from '../steps/step.ts'
import { unreadBy } from '../record/reader.ts'

/** Whether rc(8) does what cook says. */
export const rcLook = (context: Context, planned: Planning): Look =>
  look(['rc-conf'], async ({ host, once }) => {
    const { plan, errors } = await once(planned)
    const faults =
      plan === undefined
        ? [
            ...errors.filter(({ subject }) => subject === paths.rcConf),
            ...startedOf(context).flatMap(step => rcConflicts(step, host)),
          ]
        : rcFaults([...plan.steps, ...plan.services], host)
    return faults
      .filter(({ severity }) => severity === 'error')
      .map(each => {
        const [, what = each.message, mends] =
          each.message.match(/^(.*): ([^:]*)$/) ?? []
        const says = renderFaultText({ ...each, message: what })
        return { finding: 'rc-conf', says, ...(mends ? { mends } : {}) }
      })
  })

const pidFileFault = (host: Host, step: ServiceStep): string | undefined => {
  const { name, pidFile, runs } = step
  const stranger = strangerOf(host, step)
  if (stranger !== undefined || runs === undefined || isAlive(host, step)) {
    return stranger
  }
  // While a service is down, an old pid file does no harm.
  const [its] = processesOf(host, runs)
  const state = host.look(pidFile) === undefined ? 'is missing' : 'is stale'
  return its && `${pidFile} ${state}, but process ${its.pid} is ${name}'s`
}

/** Whether pid files name the processes of services. */
export const pidFileLook = (context: Context): Look =>
  look(['pid-file'], async ({ host }) =>
    startedOf(context).flatMap((step): Wrong<'pid-file'>[] => {
      const says = pidFileFault(host, step)
      return says === undefined ? [] : [{ finding: 'pid-file', says }]
    }),
  )

const outdated = (host: Host, step: ServiceStep): string | undefined => {
  const [path] = unreadBy(host, step)
  const what = `${step.name} was started before ${path} changed`
  return path === undefined
    ? undefined
    : step.programs?.(host).includes(path)
      ? `${what}: its package is newer than its process`
      : what
}

/** Whether processes run with the files that are there now. */
export const processLook = (planned: Planning): Look =>
  look(['process-outdated', 'data-set-back'], async ({ host, once }) => {
    const { plan } = await once(planned)
    const running = (plan?.services ?? []).filter(
      step => !step.down && isAlive(host, step),
    )
    return running.flatMap(
      (step): Wrong<'process-outdated' | 'data-set-back'>[] => {
        const says = outdated(host, step)
        const isSetBack = step.once !== undefined && !isContinuous(host, step)
        const back = `${step.name} runs with data that may have been set back`
        return [
          ...(isSetBack
            ? [{ finding: 'data-set-back', says: back } as const]
            : []),
          ...(says === undefined
            ? []
            : [{ finding: 'process-outdated', says } as const]),
        ]
      },
    )
  })
