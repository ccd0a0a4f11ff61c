import type { Host } from './host.ts'
import type { ServiceStep } from './step.ts'
import { verifySshd } from './verify-sshd.ts'
import { verify, type Health, type Start } from './verify.ts'

/** The truth about a service, whichever it is. */
export const healthOf = async (
  host: Host,
  step: ServiceStep,
  start: Start | undefined,
): Promise<Health> =>
  step.down
    ? { healthy: true }
    : step.answers === 'ssh'
      ? verifySshd(host, step, start)
      : verify(host, step, start)
