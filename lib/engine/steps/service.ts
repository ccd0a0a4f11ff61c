import { setTimeout as sleep } from 'node:timers/promises'
import { exit, Failure } from '../../contract/failure.ts'
import type { Host } from '../../host/host.ts'
import { placesOf } from '../health.ts'
import { takenOf, type Probe } from '../../net/probe.ts'
import type { ServiceStep } from './step.ts'
import { checksOf, pidOf, unhealthy, type Start } from '../verify.ts'
import { start, untilOthersStarted, untilStarted } from './start.ts'

const rc = (host: Host, step: ServiceStep, action: string) =>
  // FreeBSD's service(8); onestatus and onestop do not mind rc.conf.
  host.run('service', [step.name, action], step.timeout)

const lateness = (step: ServiceStep, action: string): string =>
  `service ${step.name} ${action} did not return within ${step.timeout} s`

// rc.subr(8) looks for the process in the pid file only. Not to ask without one
// saves a first boot two runs of service(8).
const isRunning = async (host: Host, step: ServiceStep): Promise<boolean> => {
  await untilStarted(host, step)
  if (pidOf(host, step) === undefined) {
    return false
  }
  const { code, late } = await rc(host, step, 'onestatus')
  if (late) {
    throw new Failure(exit.unavailable, lateness(step, 'onestatus'))
  }
  return code === 0
}

// Times of files are finer than a clock's milliseconds.
const tick = 1

// A process writes its pid after it has read its files, so a file that has
// changed after that was not read. Of what cook writes the time of writing
// counts (mtime): with its owner or mode alone it does not change. What
// somebody supplies may have any such time, that of a backup for one, and so
// the one that nobody can set counts there (ctime): a start too many, after a
// change of its mode, is seen and over; a start too few is not seen until the
// old certificate has expired. A time to come is from before the clock was set
// back: it says nothing, and would say it again after each start.
const unread = (host: Host, step: ServiceStep): string | undefined => {
  const started = host.look(step.pidFile)?.mtimeMs ?? 0
  const now = Date.now() + tick
  return step.reads.find(path => {
    const { mtimeMs = 0, ctimeMs = 0 } = host.look(path) ?? {}
    const changed = step.supplied?.includes(path) ? ctimeMs : mtimeMs
    return started < changed && changed <= now
  })
}

/** What is wrong with the service, or nothing. Health is verify's matter. */
export const drift = async (
  step: ServiceStep,
  host: Host,
): Promise<string | undefined> => {
  const running = await isRunning(host, step)
  if (step.down) {
    return running ? 'is running' : undefined
  }
  if (!running) {
    return 'is not running'
  }
  const path = unread(host, step)
  return path === undefined ? undefined : `was started before ${path} changed`
}

const lines = (...texts: string[]): string[] =>
  texts.flatMap(text => text.split('\n')).filter(line => line.trim() !== '')

/**
 * Stops the service and waits for its end.
 * @throws {Failure} exit 69 when it does not stop
 */
export const stop = async (host: Host, step: ServiceStep): Promise<void> => {
  const pid = pidOf(host, step)
  const action = 'onestop'
  const done = await rc(host, step, action)
  if (done.code !== 0 && pid !== undefined && host.alive(pid)) {
    const why = done.late ? `: ${lateness(step, action)}` : ''
    throw new Failure(exit.unavailable, `${step.name} does not stop${why}`, {
      details: lines(done.stdout, done.stderr),
    })
  }
}

// In milliseconds. The listeners of a process go with the last of its threads,
// and whoever waits for its end may see it a moment before.
const closing = 2000

/** What others listen at, or for so long what has just been stopped. */
const takenFor = async (
  host: Host,
  step: ServiceStep,
  patience: number,
): Promise<readonly Probe[]> => {
  const probes = placesOf(await checksOf(host, step))
  const until = performance.now() + patience
  let taken = await takenOf(probes)
  while (taken.length > 0 && performance.now() < until) {
    await sleep(20)
    taken = await takenOf(probes)
  }
  return taken
}

/** Of no start there is nothing to know. */
const nothing = (): Start => ({
  failed: false,
  output: [],
  logFrom: 0,
  before: undefined,
  taken: [],
})

/**
 * Starts the service, starts it again, or stops it if it is to be down. What
 * came of it, verify finds.
 * @throws {Failure} exit 69 when it does not stop, or its start does not end
 */
export const mend = async (step: ServiceStep, host: Host): Promise<Start> => {
  // Before the question: what has a pid then is none that is written after it.
  let before = host.look(step.pidFile)?.mtimeMs
  let wasRunning = await isRunning(host, step)
  if (!wasRunning && !step.down && (await untilOthersStarted(host, step))) {
    wasRunning = await isRunning(host, step)
    if (wasRunning && unread(host, step) === undefined) {
      return nothing()
    }
  }
  if (wasRunning) {
    await stop(host, step)
    before = host.look(step.pidFile)?.mtimeMs
  }
  if (step.down) {
    return nothing()
  }
  const taken = await takenFor(host, step, wasRunning ? closing : 0)
  const logFrom = host.look(step.log)?.size ?? 0
  // A start may well take long: Synapse brings its database up to date before
  // it leaves the foreground.
  const done = await start(host, step)
  // One that somebody else has just started makes this start fail, and is
  // running all the same.
  const failed = done.code !== 0 && !(await isRunning(host, step))
  const output = lines(done.stdout, done.stderr)
  const started = { failed, output, logFrom, before, taken }
  if (failed && done.late) {
    const what = lateness(step, 'start')
    const silent = { ...started, output: [] }
    const { cause, log } = unhealthy(host, step, silent, what)
    throw new Failure(exit.unavailable, cause, { details: [...output, ...log] })
  }
  return started
}
