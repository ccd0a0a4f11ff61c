import type { Context } from '../context.ts'
import type { ServiceStep } from '../steps/step.ts'

// In milliseconds, as for servers outside.
const patience = 3000

/**
 * Reports what an administrator should know of services that are healthy.
 * @param due those that were started or reloaded now
 */
export const tellNotices = async (
  services: readonly ServiceStep[],
  due: readonly ServiceStep[],
  { host, log, ending }: Context,
): Promise<void> => {
  for (const step of services.filter(({ down }) => !down)) {
    const wait = due.includes(step) && !ending?.aborted ? patience : 0
    const notices = (await step.notices?.(host, wait)) ?? []
    notices.forEach(each => log.warning(`${step.name}: ${each}`))
  }
}
