// Whether a service is well: what each kind of check asks.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from '../host/host.ts'
import { hostPort } from '../formats/ip.ts'
import { healthFault, isTaken, probeName, type Probe } from '../net/probe.ts'
import type { HealthCheck } from './steps/step.ts'

// In seconds. A program that says whether a service is well does so soon.
const longest = 10

const exitFault = async (
  host: Host,
  [program, ...args]: readonly [string, ...string[]],
): Promise<string | undefined> => {
  const { code, late, stdout, stderr } = await host.run(program, args, longest)
  const last = `${stdout}\n${stderr}`.trim().split('\n').at(-1)
  return code === 0
    ? undefined
    : late
      ? `does not end within ${longest} s`
      : `exit ${code ?? 'by a signal'}${last ? `, ${last}` : ''}`
}

/**
 * Asks a service once.
 * @param signal gives the question up
 * @returns what is wrong, or nothing
 */
export const healthFaultOf = async (
  check: HealthCheck,
  host: Host,
  signal: AbortSignal,
): Promise<string | undefined> => {
  switch (check.kind) {
    case 'http':
      return healthFault(check.at, signal, check.path)
    case 'tcp':
      return (await isTaken(check.at)) ? undefined : 'takes no connection'
    // Only who has such a service pays for what speaks with it.
    case 'ssh':
      return (await import('../net/greeting.ts')).greetingFault(
        check.at,
        signal,
      )
    case 'tls':
      return (await import('../net/connection.ts')).handshakeFault(
        check.at,
        signal,
      )
    case 'exit':
      return exitFault(host, check.argv)
  }
}

/** Where a service listens, by what it is asked. */
export const placesOf = (checks: readonly HealthCheck[]): Probe[] =>
  checks.flatMap(check => (check.kind === 'exit' ? [] : [check.at]))

/** A place as messages name it. */
export const placeName = (at: Probe): string =>
  'socket' in at ? probeName(at) : hostPort(at.address, at.port)

/** Where a check asks: a URL, an address, or a program. */
export const whereOf = (check: HealthCheck): string =>
  check.kind === 'exit'
    ? check.argv.join(' ')
    : check.kind === 'http'
      ? probeName(check.at)
      : placeName(check.at)

/** A check as messages name it. */
export const checkName = (check: HealthCheck): string =>
  check.kind === 'http' ? `${whereOf(check)}${check.path}` : whereOf(check)

// In milliseconds. A healthy server is to be noticed within 100 ms, also one
// that never answers what it was asked before: so by HTTP it is asked anew
// beside that. Each of the others would cost it more: sshd refuses connections
// when too many have not logged in (MaxStartups).
const paces = { again: 40, pause: 20 }
const oneByOne = { again: longest * 1000, pause: 40 }

/**
 * Asks a service until all is well.
 * @param signal ends the asking
 * @param heard gets each other answer
 */
export const untilWell = async (
  check: HealthCheck,
  host: Host,
  signal: AbortSignal,
  heard: (fault: string) => void,
): Promise<boolean> => {
  const { again, pause } = check.kind === 'http' ? paces : oneByOne
  const answered = new AbortController()
  const open = AbortSignal.any([signal, answered.signal])
  const ask = async (): Promise<void> => {
    const fault = await healthFaultOf(check, host, open)
    if (fault === undefined) {
      answered.abort()
    } else if (!open.aborted) {
      heard(fault)
    }
  }
  const wait = (ms: number): Promise<void> =>
    sleep(ms, undefined, { signal: open }).catch(() => undefined)
  while (!open.aborted) {
    await Promise.race([ask(), wait(again)])
    await wait(pause)
  }
  return answered.signal.aborted
}
