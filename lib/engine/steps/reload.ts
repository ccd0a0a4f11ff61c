// A service that can read some of its files again while it runs is not
// restarted for them. That it was asked to proves nothing: what it serves does.

import { setTimeout as sleep } from 'node:timers/promises'
import { certificatesIn } from '../../formats/pem.ts'
import { singleQuoted } from '../../formats/sh.ts'
import type { Host } from '../../host/host.ts'
import type { Process } from '../../host/processes/processes.ts'
import { healthFaultOf, keepersOf, placeName } from '../health/health.ts'
import { pidOf, processOf } from '../health/running.ts'
import { unreadBy } from '../record/reader.ts'
import type { Reading } from '../record/readings.ts'
import type { Reload, ReloadProof } from './daemon.ts'
import type { ServiceStep } from './step.ts'

/** Why a service has to be started, restarted or reloaded. */
export interface Need {
  reason: string
  /** Whether it is enough that it reads some files again. */
  reloads?: true
}

/**
 * What a service that runs needs because of its files, or undefined.
 * @param now what it would read now, if that is known
 * @param changing the paths of files that are about to change
 */
export const needOf = (
  host: Host,
  step: ServiceStep,
  now?: Reading,
  changing: readonly string[] = [],
): Need | undefined => {
  const again = new Set(step.reload?.of)
  const fresh = new Set(changing)
  const unread = unreadBy(host, step, now)
  const due = [...unread, ...step.reads.filter(path => fresh.has(path))]
  const [first] = due
  if (first === undefined) {
    return undefined
  }
  const other = due.find(path => !again.has(path))
  return other === undefined
    ? { reason: `must read ${first} again`, reloads: true }
    : {
        reason: unread.includes(other)
          ? `was started before ${other} changed`
          : `must read ${other} again`,
      }
}

/** A service that can read files again. */
export type Reloadable = ServiceStep & Required<Pick<ServiceStep, 'reload'>>

/** Whether a service can read files again. */
export const isReloadable = (step: ServiceStep): step is Reloadable =>
  step.reload !== undefined

/** Why a service has not read its files again. */
export interface NotReloaded {
  why: string
  /** The last lines that a program printed. */
  details: readonly string[]
}

const mostLines = 20

const lines = (text: string): string[] =>
  text
    .split('\n')
    .filter(line => line.trim() !== '')
    .slice(-mostLines)

const script = 'kill -s "$1" "$2"'

const commandOf = ({
  argv,
  user,
}: Exclude<Reload['how'], { signal: string }>) =>
  user === undefined
    ? argv
    : // Root's shell, whatever that user's is (su(1)).
      (['su', '-m', user, '-c', `exec ${argv.map(singleQuoted).join(' ')}`] as [
        string,
        ...string[],
      ])

/** @throws {Failure} exit 69 if the program cannot be run, 75 for now */
const ask = async (
  host: Host,
  { how, within }: Reload,
  { pid }: Process,
): Promise<NotReloaded | undefined> => {
  const isSignal = 'signal' in how
  const [program, ...args] = isSignal
    ? (['sh', '-c', script, 'sh', how.signal, String(pid)] as const)
    : commandOf(how)
  const name = isSignal ? `SIG${how.signal}` : how.argv.join(' ')
  const done = await host.run(program, args, within)
  const { code, late, stdout, stderr } = done
  if (code === 0) {
    return undefined
  }
  const details = lines(`${stdout}\n${stderr}`)
  const last = details.at(-1)
  const what = late
    ? `does not end within ${within} s`
    : `exit ${code ?? 'by a signal'}`
  return { why: `${name}: ${what}${last ? `, ${last}` : ''}`, details }
}

/** What is wrong with a proof at this moment, or undefined. */
const faultOf = async (
  host: Host,
  step: Reloadable,
  proof: ReloadProof,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const keepers = keepersOf(step, host)
  if (proof.kind === 'exit') {
    const fault = await healthFaultOf(proof, keepers, signal)
    return fault && `${proof.argv.join(' ')}: ${fault}`
  }
  const { file, at: all, name } = proof
  const [certificate] = certificatesIn(host.text(file) ?? '')
  if (certificate === undefined) {
    return `${file}: contains no certificate`
  }
  const { certificateFault } = await import('../../net/served.ts')
  const faults = await Promise.all(
    all.map(async at => {
      const peer = { ...keepers, at }
      const fault = await certificateFault(peer, certificate, name, signal)
      return fault && `${placeName(at)}: ${fault}`
    }),
  )
  return faults.find(fault => fault !== undefined)
}

const firstFault = async (
  host: Host,
  step: Reloadable,
  signal: AbortSignal,
): Promise<string | undefined> => {
  for (const proof of step.reload.proofs) {
    const fault = await faultOf(host, step, proof, signal)
    if (fault !== undefined) {
      return fault
    }
  }
  return undefined
}

/** The process of a service, by the kernel's word. */
const runningOf = (host: Host, step: ServiceStep): Process | undefined => {
  const { pidFile, runs } = step
  if (runs !== undefined) {
    return processOf(host, { pidFile, runs })
  }
  const pid = pidOf(host, step)
  return pid !== undefined && host.alive(pid) ? host.processOf(pid) : undefined
}

// In milliseconds.
const interval = 50

/**
 * Lets a service that runs read files again, and waits for the proof.
 * @param ending ends the waiting
 * @returns why it has not done so, or undefined if it has
 * @throws {Failure} exit 69 if it cannot be asked to, 75 if only for now
 */
export const reload = async (
  host: Host,
  step: Reloadable,
  ending: AbortSignal = new AbortController().signal,
): Promise<NotReloaded | undefined> => {
  const { within } = step.reload
  const its = runningOf(host, step)
  if (its === undefined) {
    return { why: 'it is not running', details: [] }
  }
  const refused = await ask(host, step.reload, its)
  if (refused !== undefined) {
    return refused
  }
  const died = `its process ${its.pid} has ended`
  const until = performance.now() + within * 1000
  for (;;) {
    const fault = await firstFault(host, step, ending)
    if (!host.alive(its.pid)) {
      return { why: died, details: [] }
    }
    if (fault === undefined) {
      return host.stillRuns(its) ? undefined : { why: died, details: [] }
    }
    if (performance.now() > until || ending.aborted) {
      const when = ending.aborted ? 'yet' : `after ${within} s`
      return { why: `${fault}, ${when}`, details: [] }
    }
    await sleep(interval)
  }
}
