// What has to be done before others start a service that does not run. cook does
// the same before it starts one itself.

import { exit, Failure } from '../../contract/failure.ts'
import type { Host } from '../../host/host.ts'
import { isAlive, processesOf } from '../health/running.ts'
import { isRunning } from '../steps/start.ts'
import type { ServiceStep } from '../steps/step.ts'
import { careful, hasData, isAtRest, settle } from './set-back.ts'

/**
 * What a process that was killed has left and its successor cannot use. As long
 * as any process of the service lives, it is in use.
 */
const leftBy = async (
  host: Host,
  step: ServiceStep,
): Promise<string | undefined> => {
  const { runs, leavings } = step
  const lives =
    isAlive(host, step) ||
    (runs !== undefined && processesOf(host, runs).length > 0)
  return lives ? undefined : leavings?.left(host, step.checks)
}

/**
 * What has to be done before others start the service, if it is not running;
 * undefined if nothing.
 */
export const restDrift = async (
  step: ServiceStep,
  host: Host,
): Promise<string | undefined> => {
  if (step.down) {
    return undefined
  }
  const left = await leftBy(host, step)
  const own = careful(step)
  const isSafe = own === undefined || isAtRest(host, own)
  if ((left === undefined && isSafe) || (await isRunning(host, step))) {
    return undefined
  }
  return left !== undefined
    ? `has left ${left} and does not run`
    : own !== undefined && hasData(host, own)
      ? 'has data that may have been set back'
      : 'has no data yet'
}

/**
 * Makes a start by others possible and safe.
 * @param say hears what was removed
 * @throws {Failure} exit 69 if that is not possible
 */
export const rest = async (
  host: Host,
  step: ServiceStep,
  say: (what: string) => void,
): Promise<void> => {
  const left = await leftBy(host, step)
  if (left !== undefined) {
    const fault = await step.leavings?.remove(host, step.checks)
    if (fault !== undefined) {
      const message = `${step.name} cannot start: ${left} could not be removed`
      throw new Failure(exit.unavailable, `${message}: ${fault}`)
    }
    say(`${left} was left by a process that was killed: removed`)
  }
  const own = careful(step)
  const removed = own && (await settle(host, own))
  removed && say(removed)
}
