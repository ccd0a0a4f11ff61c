// Whether a service is healthy: one way to find out for each kind of check.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from '../../host/host.ts'
import { hostPort } from '../../formats/ip.ts'
import {
  acceptanceFault,
  handshakeFault,
  healthFault,
} from '../../net/answer.ts'
import type { Keepers } from '../../net/peer.ts'
import { probeName, type Probe } from '../../net/probe.ts'
import type { Daemon, HealthCheck } from '../steps/daemon.ts'

/**
 * Who may answer for a service. What another user's process answers says nothing
 * about the service, and may be meant to deceive.
 */
export const keepersOf = (
  { holders, runs }: Pick<Daemon, 'holders' | 'runs'>,
  host: Host,
): Keepers => ({ host, users: holders ?? [runs?.user ?? 'root'] })

// In seconds. A program that checks the health of a service is quick.
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
 * Checks a service once.
 * @param signal ends the check early
 * @returns what is wrong, or undefined
 */
export const healthFaultOf = async (
  check: HealthCheck,
  keepers: Keepers,
  signal: AbortSignal,
): Promise<string | undefined> => {
  if (check.kind === 'exit') {
    return exitFault(keepers.host, check.argv)
  }
  const peer = { ...keepers, at: check.at }
  switch (check.kind) {
    case 'http':
      return healthFault(peer, signal, check.path)
    case 'tcp':
      return acceptanceFault(peer, signal)
    case 'tls':
      return handshakeFault(peer, signal)
    case 'ssh':
      // Loaded only if such a service is checked.
      return (await import('../../net/greeting.ts')).greetingFault(peer, signal)
  }
}

/** The addresses and sockets where a service is checked. */
export const placesOf = (checks: readonly HealthCheck[]): Probe[] =>
  checks.flatMap(check => (check.kind === 'exit' ? [] : [check.at]))

/** An address or a socket, as messages name it. */
export const placeName = (at: Probe): string =>
  'socket' in at ? probeName(at) : hostPort(at.address, at.port)

/** What a check connects to or runs: a URL, an address, or a program. */
export const whereOf = (check: HealthCheck): string =>
  check.kind === 'exit'
    ? check.argv.join(' ')
    : check.kind === 'http'
      ? probeName(check.at)
      : placeName(check.at)

/** A check as messages name it. */
export const checkName = (check: HealthCheck): string =>
  check.kind === 'http' ? `${whereOf(check)}${check.path}` : whereOf(check)

// In milliseconds. A healthy server should be noticed within 100 ms, even if it
// never answers an earlier request: so over HTTP another request starts while
// the first one waits. Other requests would cost the server more: sshd refuses
// connections if too many have not logged in (MaxStartups).
const paces = { again: 40, pause: 20 }
const oneByOne = { again: longest * 1000, pause: 40 }

/**
 * Checks a service until it is healthy.
 * @param signal ends the checks
 * @param heard gets what is wrong, each time
 */
export const untilWell = async (
  check: HealthCheck,
  keepers: Keepers,
  signal: AbortSignal,
  heard: (fault: string) => void,
): Promise<boolean> => {
  const { again, pause } = check.kind === 'http' ? paces : oneByOne
  const answered = new AbortController()
  const open = AbortSignal.any([signal, answered.signal])
  const ask = async (): Promise<void> => {
    const fault = await healthFaultOf(check, keepers, open)
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
