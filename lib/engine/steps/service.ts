import { setTimeout as sleep } from 'node:timers/promises'
import { exit, Failure } from '../../contract/failure.ts'
import type { Host } from '../../host/host.ts'
import { rest } from '../data-set/rest.ts'
import {
  careful,
  isContinuous,
  noteStart,
  noteStop,
} from '../data-set/set-back.ts'
import { placesOf } from '../health/health.ts'
import { takenOf, type Probe } from '../../net/probe.ts'
import type { ServiceStep } from './step.ts'
import { isAlive, pidOf, processOf, strangerOf } from '../health/running.ts'
import { unhealthy, type Start } from '../health/cause.ts'
import { unreadBy } from '../record/reader.ts'
import { needOf, type Need } from './reload.ts'
import type { Reading } from '../record/readings.ts'
import { checksOf } from '../health/verify.ts'
import { isRunning, lateness, rc, start, untilOthersStarted } from './start.ts'

/**
 * What is wrong with the service, or undefined. verify finds out its health.
 * @param now what it would read now, if that is known
 * @param changing the paths of files that are about to change
 */
export const drift = async (
  step: ServiceStep,
  host: Host,
  now?: Reading,
  changing?: readonly string[],
): Promise<Need | undefined> => {
  const running = await isRunning(host, step)
  if (step.down) {
    return running ? { reason: 'is running' } : undefined
  }
  if (!running) {
    return { reason: 'is not running' }
  }
  if (step.once !== undefined && !isContinuous(host, step)) {
    return { reason: 'runs with data that may have been set back' }
  }
  return needOf(host, step, now, changing)
}

const lines = (...texts: string[]): string[] =>
  texts.flatMap(text => text.split('\n')).filter(line => line.trim() !== '')

const script = 'kill -TERM "$1"'

// Like rc.subr(8), but rc would read the pid file again, and end whatever process
// that names by then.
const end = async (
  host: Host,
  step: ServiceStep & Required<Pick<ServiceStep, 'runs'>>,
): Promise<void> => {
  const process = processOf(host, step)
  if (process === undefined) {
    return
  }
  const { pid } = process
  await host.run('sh', ['-c', script, 'sh', String(pid)])
  const until = performance.now() + step.timeout * 1000
  while (host.alive(pid) && performance.now() < until) {
    await sleep(20)
  }
  if (host.stillRuns(process)) {
    const what = `process ${pid} still runs ${step.timeout} s after SIGTERM`
    const message = `${step.name} does not stop: ${what}`
    throw new Failure(exit.unavailable, message)
  }
}

const endByRc = async (host: Host, step: ServiceStep): Promise<void> => {
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

/**
 * Stops the service and waits for its end.
 * @throws {Failure} exit 69 if it does not stop
 */
export const stop = async (host: Host, step: ServiceStep): Promise<void> => {
  const { runs } = step
  const own = careful(step)
  const ran = isAlive(host, step)
  await (runs === undefined
    ? endByRc(host, step)
    : end(host, { ...step, runs }))
  if (own !== undefined && ran) {
    await noteStop(host, own)
  }
}

// In milliseconds. The listeners of a process close with the last of its
// threads, and whoever waits for its end may see that a moment earlier.
const closing = 2000

/** Where others listen; cook waits for a service that it has just stopped. */
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

/** The result if nothing was started. */
const nothing = (): Start => ({
  failed: false,
  output: [],
  logFrom: 0,
  before: undefined,
  taken: [],
})

/**
 * Starts or restarts the service, or stops it if it should be down. verify
 * finds out whether it is healthy.
 * @param say hears what was removed from its data
 * @throws {Failure} exit 69 if it does not stop, or its start does not return
 */
export const mend = async (
  step: ServiceStep,
  host: Host,
  say: (what: string) => void = () => undefined,
): Promise<Start> => {
  // Read before the status, so that a pid file written later counts as new.
  let before = host.look(step.pidFile)?.mtimeMs
  let wasRunning = await isRunning(host, step)
  if (!wasRunning && !step.down && (await untilOthersStarted(host, step))) {
    wasRunning = await isRunning(host, step)
    if (wasRunning && unreadBy(host, step).length === 0) {
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
  if (strangerOf(host, step) !== undefined) {
    // rc would take that process for the service, and start nothing.
    host.remove(step.pidFile)
    before = undefined
  }
  await rest(host, step, say)
  await (step.once && noteStart(host, step))
  const logFrom = host.look(step.log)?.size ?? 0
  // A start may take long: a service may update its database before it goes into
  // the background.
  const done = await start(host, step)
  // If somebody else has just started the service, this start fails although
  // the service runs.
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
