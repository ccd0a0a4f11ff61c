// When cook is killed, the start that it made goes on. Until the service writes
// its pid, rc(8) would start it a second time: then two of them run, and the
// one without a pid file has the ports.

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { exit, Failure } from '../../contract/failure.ts'
import type { CommandResult } from '../../host/processes/run.ts'
import type { Host } from '../../host/host.ts'
import { placesOf } from '../health/health.ts'
import { startMark } from '../../contract/paths.ts'
import { takenOf } from '../../net/probe.ts'
import type { ServiceStep } from './step.ts'
import { isAlive, pidOf, processesOf } from '../health/running.ts'

// The mark exists as long as the start runs, with or without cook.
const script =
  '{ echo $$ >"$0"; } 2>/dev/null; ' +
  'service "$1" start; code=$?; rm -f "$0"; exit $code'

/**
 * Starts a service with service(8), and waits until that returns.
 * @throws {Failure} exit 69 if there is no sh(1)
 */
export const start = async (
  host: Host,
  { name, timeout }: ServiceStep,
): Promise<CommandResult> => {
  const mark = join(host.root, startMark(name))
  const done = await host.run('sh', ['-c', script, mark, name], timeout)
  if (done.late) {
    host.remove(startMark(name))
  }
  return done
}

// In milliseconds.
const interval = 50

// A daemon writes its pid shortly after its start has returned.
const writing = 2000

/**
 * The process of an earlier start that still runs. Its pid may belong to another
 * process by now, but the arguments of sh(1) above name the mark.
 */
const underWay = (host: Host, { name }: ServiceStep): number | undefined => {
  const mark = startMark(name)
  const pid = Number.parseInt(host.textFrom(mark, 0), 10)
  const found = pid > 0 && host.alive(pid) ? host.processOf(pid) : undefined
  const isOurs =
    found?.command.includes(`${mark} ${name}`) &&
    (found.uid === 0 || !host.privileged)
  return isOurs ? pid : undefined
}

/** A start that takes longer proves nothing: a second one would be a disaster. */
const stillUnderWay = (
  { name, timeout }: ServiceStep,
  how: string,
): Failure => {
  const message =
    `${name}: a start is still under way after ${timeout} s: wait for its ` +
    `end, or end it with ${how}, then run cook`
  return new Failure(exit.unavailable, message)
}

/**
 * Waits for a start by others, rc(8) or an administrator, as long as the
 * service has no pid.
 * @returns whether its process is alive now
 * @throws {Failure} exit 69 if that start does not end; or if the service
 *   listens but has no pid: it was started twice, and cook cannot repair that
 */
export const untilOthersStarted = async (
  host: Host,
  step: ServiceStep,
): Promise<boolean> => {
  const { name, runs, checks, timeout } = step
  // Not in a first boot, because nobody else can have started it.
  if (runs === undefined || host.look(step.log) === undefined) {
    return false
  }
  const end = `pkill -U ${runs.user} -f '${runs.pattern}'`
  const until = performance.now() + timeout * 1000
  let lost = performance.now() + writing
  while (!isAlive(host, step) && processesOf(host, runs).length > 0) {
    if (performance.now() > until) {
      throw stillUnderWay(step, end)
    }
    if ((await takenOf(placesOf(checks))).length === 0) {
      lost = performance.now() + writing
    } else if (performance.now() > lost) {
      const message =
        `${name} runs, but its pid file is missing or stale: two starts raced. ` +
        `Stop it with ${end}, then run cook`
      throw new Failure(exit.unavailable, message)
    }
    await sleep(interval)
  }
  return isAlive(host, step)
}

/**
 * Waits for a start by a cook that was killed, if it still runs.
 * @throws {Failure} exit 69 if it does not end
 */
export const untilStarted = async (
  host: Host,
  step: ServiceStep,
): Promise<void> => {
  const late = performance.now() + step.timeout * 1000
  let until = 0
  for (;;) {
    const pid = underWay(host, step)
    if (pid === undefined) {
      break
    }
    if (performance.now() > late) {
      // sh(1) leads a session, which has everything that it has started.
      throw stillUnderWay(step, `pkill -KILL -s ${pid}`)
    }
    await sleep(interval)
    until = performance.now() + writing
  }
  while (performance.now() < until && !isAlive(host, step)) {
    await sleep(interval)
  }
}

/** Calls service(8). */
export const rc = (host: Host, step: ServiceStep, action: string) =>
  // FreeBSD's service(8); onestatus and onestop ignore rc.conf.
  host.run('service', [step.name, action], step.timeout)

/** Why a call of service(8) was given up. */
export const lateness = (step: ServiceStep, action: string): string =>
  `service ${step.name} ${action} did not return within ${step.timeout} s`

// rc.subr(8) believes the pid file of a service, so it is asked only if that file
// is root's. It looks for the process in that file alone: if there is none, cook
// does not call it, which saves a first boot two runs of service(8).
/**
 * Whether the service runs.
 * @throws {Failure} exit 69 if that cannot be found out
 */
export const isRunning = async (
  host: Host,
  step: ServiceStep,
): Promise<boolean> => {
  await untilStarted(host, step)
  if (step.runs !== undefined) {
    return isAlive(host, step)
  }
  if (pidOf(host, step) === undefined) {
    return false
  }
  const { code, late } = await rc(host, step, 'onestatus')
  if (late) {
    throw new Failure(exit.unavailable, lateness(step, 'onestatus'))
  }
  return code === 0
}
