// The processes of the running system, as the kernel knows them. What a process
// or its user says about it, as in a pid file, proves nothing.

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { platform } from 'node:os'
import { errorMessage, exit, Failure } from '../../contract/failure.ts'

export interface Process {
  pid: number
  /** The uid that it has now (its effective one). */
  uid: number
  /**
   * When it was started, in seconds from the start of the system. Unlike a
   * time, that stays the same when the clock is set.
   */
  start: number
  /** Its command line; a space separates the arguments. */
  command: string
}

/** The kernel's answers. */
interface Kernel {
  /** Undefined if no such process runs; a zombie does not. */
  processOf: (pid: number) => Process | undefined
  /** All processes with this uid. */
  processesOf: (uid: number) => Process[]
  /**
   * When the system was started, in seconds of the present clock: setting the
   * clock changes it. Undefined if the kernel does not say.
   */
  bootTime: () => number | undefined
}

// In bytes. A command line can fill megabytes.
const longest = 65536

/** The beginning of a file in /proc; undefined if the process has ended. */
const beginningOf = (path: string): string | undefined => {
  try {
    const fd = fs.openSync(path, 'r')
    try {
      const buffer = Buffer.alloc(longest)
      return buffer.toString('utf8', 0, fs.readSync(fd, buffer))
    } finally {
      fs.closeSync(fd)
    }
  } catch {
    return undefined
  }
}

// proc_pid_stat(5): the second field is a name that may contain anything. The
// 22nd is the start, in ticks; user space always sees 100 in a second.
const startIn = (pid: number): number | undefined => {
  const text = beginningOf(`/proc/${pid}/stat`)
  const [, rest] = text?.match(/^\d+ \(.*\) ([^)]*)$/s) ?? []
  const [state = 'X', ...fields] = rest?.split(' ') ?? []
  return /[ZX]/.test(state) ? undefined : Number(fields[18]) / 100
}

// proc_pid_status(5): the second uid is the effective one.
const uidIn = (pid: number): number | undefined => {
  const text = beginningOf(`/proc/${pid}/status`)
  const uid = text?.match(/^Uid:\t\d+\t(\d+)/m)?.[1]
  return uid === undefined ? undefined : Number(uid)
}

const inProc = (pid: number): Process | undefined => {
  const start = startIn(pid)
  const uid = uidIn(pid)
  const line = beginningOf(`/proc/${pid}/cmdline`)
  // Otherwise these are parts of two processes.
  const isOne = start !== undefined && start === startIn(pid)
  return isOne && uid !== undefined && line !== undefined
    ? { pid, uid, start, command: line.replaceAll('\0', ' ').trim() }
    : undefined
}

/** The processes of Linux, by proc(5). */
export const procKernel: Kernel = {
  processOf: inProc,
  processesOf: uid =>
    fs
      .readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(Number)
      .filter(pid => uidIn(pid) === uid)
      .flatMap(pid => inProc(pid) ?? [])
      .filter(each => each.uid === uid),
  bootTime: () => {
    const since = beginningOf('/proc/stat')?.match(/^btime (\d+)$/m)?.[1]
    return since === undefined ? undefined : Number(since)
  },
}

const columns = ['pid', 'uid', 'state', 'lstart', 'args']

// A time as in `Tue Dec  1 00:30:00 2026`, in UTC and without a locale.
const row = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+\w+ (\w+ +\d+ \d+:\d+:\d+ \d+) ?(.*)$/

/** In milliseconds. It answers at once, unless the system is ill. */
const patience = 10_000

/**
 * The processes of FreeBSD, by ps(1).
 * @param path where ps(1) and sysctl(8) are looked up
 */
export const psKernel = (path: string): Kernel => {
  const ask = (program: string, args: readonly string[]): string => {
    const { error, status, stdout } = spawnSync(program, args, {
      env: { PATH: path, TZ: 'UTC' },
      cwd: '/',
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: patience,
      killSignal: 'SIGKILL',
      maxBuffer: 64 * 1024 * 1024,
    })
    if (error || status === null) {
      const why = error ? errorMessage(error) : 'does not end'
      throw new Failure(exit.unavailable, `${program}: ${why}`)
    }
    return stdout
  }

  // The kernel adds this to the start of a process to tell its time.
  const boot = (): number => {
    const said = ask('sysctl', ['-n', 'kern.boottime'])
    const [, sec, usec] = said.match(/sec = (\d+), usec = (\d+)/) ?? []
    if (sec === undefined) {
      throw new Failure(exit.unavailable, 'sysctl: there is no kern.boottime')
    }
    return Number(sec) + Number(usec) / 1e6
  }

  const list = (
    which: readonly string[],
    isWanted: (uid: number) => boolean,
  ) => {
    const what = columns.flatMap(column => ['-o', `${column}=`])
    const found = ask('ps', ['-ww', ...which, ...what])
      .split('\n')
      .map(line => line.match(row) ?? [])
      .filter(([, , uid, state]) => uid && !state?.startsWith('Z'))
      .filter(([, , uid]) => isWanted(Number(uid)))
    return found.map(
      ([, pid, uid, , time, command = '']): Process => ({
        pid: Number(pid),
        uid: Number(uid),
        // Most callers do not need it: it costs the start of a program.
        get start() {
          return Date.parse(`${time} UTC`) / 1000 - boot()
        },
        command: command.trim(),
      }),
    )
  }

  return {
    processOf: pid => list(['-p', String(pid)], () => true)[0],
    processesOf: uid => list(['-ax'], each => each === uid),
    bootTime: boot,
  }
}

// Of ps(1) the start is rounded to seconds.
const blur = 1

/** What the kernel knows about processes. */
export const processes = (path: string) => {
  const kernel = platform() === 'linux' ? procKernel : psKernel(path)
  return {
    ...kernel,
    /** Whether this very process still runs, and not another with its pid. */
    stillRuns: ({ pid, start }: Pick<Process, 'pid' | 'start'>): boolean => {
      const now = kernel.processOf(pid)
      return now !== undefined && Math.abs(now.start - start) < blur
    },
  }
}
