import { procKernel } from '../../lib/host/processes/processes.ts'

/**
 * What the lock of a running process says.
 * @param as the pid that it has for cook, as in a jail
 */
export const lockText = (pid: number, as = pid): string =>
  `${as} 0123456789abcdef ${procKernel.processOf(pid)?.start.toFixed(2)}`
