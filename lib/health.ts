import type { Host } from './host.ts'
import type { ServiceStep } from './step.ts'
import { verifySshd } from './verify-sshd.ts'
import { verify, type Health, type Start } from './verify.ts'

/**
 * The truth about a service, whichever it is.
 * @param ending gives up waiting
 */
export const healthOf = async (
  host: Host,
  step: ServiceStep,
  start: Start | undefined,
  ending?: AbortSignal,
): Promise<Health> =>
  step.down
    ? { healthy: true }
    : step.answers === 'ssh'
      ? verifySshd(host, step, start, ending)
      : verify(host, step, start, ending)
