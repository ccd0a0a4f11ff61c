import { exit, Failure } from '../failure.ts'
import type { Host } from '../host.ts'
import { isTaken } from '../probe.ts'
import type { ServiceStep } from '../step.ts'
import { pidOf, type Start } from '../verify.ts'

const rc = (host: Host, step: ServiceStep, action: string) =>
  // FreeBSD's service(8); onestatus and onestop do not mind rc.conf.
  host.run('service', [step.name, action])

const isRunning = async (host: Host, step: ServiceStep): Promise<boolean> =>
  (await rc(host, step, 'onestatus')).code === 0

// A process writes its pid after it has read its files, so a file that is
// younger than the pid was not read.
const unread = (host: Host, step: ServiceStep): boolean => {
  const started = host.look(step.pidFile)?.mtimeMs ?? 0
  return step.reads.some(path => (host.look(path)?.mtimeMs ?? 0) > started)
}

/** What is wrong with the service, or nothing. Health is verify's matter. */
export const drift = async (
  step: ServiceStep,
  host: Host,
): Promise<string | undefined> => {
  const running = await isRunning(host, step)
  return step.down
    ? running
      ? 'is running'
      : undefined
    : !running
      ? 'is not running'
      : unread(host, step)
        ? 'has not read its present configuration'
        : undefined
}

/** Stops the service and waits for its end. */
export const stop = async (host: Host, step: ServiceStep): Promise<void> => {
  const pid = pidOf(host, step)
  const { code, stdout, stderr } = await rc(host, step, 'onestop')
  if (code !== 0 && pid !== undefined && host.alive(pid)) {
    throw new Failure(exit.unavailable, `${step.name} does not stop`, {
      details: [stdout, stderr].join('\n').trim().split('\n'),
    })
  }
}

/**
 * Starts the service, starts it again, or stops it if it is to be down. What
 * came of it, verify finds.
 */
export const mend = async (step: ServiceStep, host: Host): Promise<Start> => {
  if (await isRunning(host, step)) {
    await stop(host, step)
  }
  if (step.down) {
    return { failed: false, output: [], logFrom: 0, at: Date.now(), taken: [] }
  }
  const taken: ServiceStep['probes'] = (
    await Promise.all(
      step.probes.map(async probe => ((await isTaken(probe)) ? [probe] : [])),
    )
  ).flat()
  const logFrom = host.look(step.log)?.size ?? 0
  const at = Date.now()
  const { code, stdout, stderr } = await rc(host, step, 'start')
  const output = [stdout, stderr].join('\n').split('\n')
  return {
    // One that somebody else has just started makes this start fail, and is
    // running all the same.
    failed: code !== 0 && !(await isRunning(host, step)),
    output: output.filter(line => line.trim() !== ''),
    logFrom,
    at,
    taken,
  }
}
