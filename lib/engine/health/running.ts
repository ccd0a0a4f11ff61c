// Whether a service runs. The user of a service can write its pid file, so what
// that says is the user's word: the kernel says whose process it is.

import type { Host } from '../../host/host.ts'
import type { Process } from '../../host/processes/processes.ts'
import type { Daemon } from '../steps/daemon.ts'

type Known = Pick<Daemon, 'pidFile' | 'runs'>

/** The pid of a service, if its pid file has one. */
export const pidOf = (
  host: Host,
  step: Pick<Daemon, 'pidFile'>,
): number | undefined => {
  const pid = host.textFrom(step.pidFile, 0).trim()
  return /^[1-9]\d{0,9}$/.test(pid) ? Number(pid) : undefined
}

/** Whether a process is one of the service. */
const isIts = (
  { uid, command }: Process,
  { user, pattern, orRoot }: NonNullable<Daemon['runs']>,
  host: Host,
): boolean =>
  (uid === host.uid(user) || (orRoot === true && uid === 0)) &&
  new RegExp(pattern).test(command)

/** The processes of the service, whatever its pid file says. */
export const processesOf = (
  host: Host,
  runs: NonNullable<Daemon['runs']>,
): Process[] => {
  const uids = [host.uid(runs.user), ...(runs.orRoot ? [0] : [])]
  return uids
    .filter(uid => uid !== undefined)
    .flatMap(uid => host.processesOf(uid))
    .filter(each => isIts(each, runs, host))
}

/** What the pid file names. */
interface Named {
  process: Process
  /** Whether it is one of the service. */
  isIts: boolean
}

/** The process that the pid file names, if it runs. */
const namedBy = (
  host: Host,
  runs: NonNullable<Daemon['runs']>,
  pid: number | undefined,
): Named | undefined => {
  const process =
    pid !== undefined && host.alive(pid) ? host.processOf(pid) : undefined
  return process && { process, isIts: isIts(process, runs, host) }
}

/** The process of the service, if its pid file names one that runs. */
export const processOf = (
  host: Host,
  { pidFile, runs }: Pick<Daemon, 'pidFile'> & Required<Pick<Daemon, 'runs'>>,
): Process | undefined => {
  const named = namedBy(host, runs, pidOf(host, { pidFile }))
  return named?.isIts ? named.process : undefined
}

/** A process that the pid file names and that is not the service's, in words. */
export const strangerOf = (
  host: Host,
  { pidFile, runs }: Known,
): string | undefined => {
  const named = runs && namedBy(host, runs, pidOf(host, { pidFile }))
  if (named === undefined || named.isIts) {
    return undefined
  }
  const { pid, uid } = named.process
  const owner = host.userOf(uid) ?? `uid ${uid}`
  return `${pidFile} names process ${pid}, which is another one (of ${owner})`
}

/**
 * Returns a function that says whether a pid is that of the service, for as long
 * as it runs: the kernel is asked about each pid once.
 */
export const knowing = (
  host: Host,
  { runs }: Known,
): ((pid: number | undefined) => boolean) => {
  let known: { pid: number; isIts: boolean } | undefined
  return pid => {
    if (pid === undefined || !host.alive(pid)) {
      known = undefined
      return false
    }
    if (runs === undefined) {
      return true
    }
    if (known?.pid !== pid) {
      known = { pid, isIts: namedBy(host, runs, pid)?.isIts ?? false }
    }
    return known.isIts
  }
}

/** Whether the process that the pid file names runs, and is the service's. */
export const isAlive = (host: Host, step: Known): boolean =>
  knowing(host, step)(pidOf(host, step))
