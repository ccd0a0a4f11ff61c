// What a service says about itself as data, whatever its parameters are.

import type { Time } from '../../net/connection.ts'
import type { Host } from '../../host/host.ts'
import type { PortProbe, Probe } from '../../net/probe.ts'
import type { Stage } from '../stage/stage.ts'

/** A variable of an rc script that must not differ from what cook assumes. */
export interface RcRule {
  name: string
  /** Whether rc(8) does what cook says with such a value. */
  fits: (value: string) => boolean
  /** What follows from any other value, for the message. */
  otherwise: string
  /** Whether any other value is only useless, and so a warning. */
  harmless?: true
}

/** How to find out whether a service is healthy. */
export type HealthCheck =
  /** It answers a GET of the path with 200. */
  | { kind: 'http'; at: Probe; path: string }
  /** It greets as SSH does (RFC 4253, section 4.2). */
  | { kind: 'ssh'; at: PortProbe }
  /** It accepts a connection, and with `tls` also a handshake. */
  | { kind: 'tcp' | 'tls'; at: Probe }
  /** A program, found in PATH, exits 0. */
  | { kind: 'exit'; argv: readonly [string, ...string[]] }

/** A server that a service needs and that cook does not run. */
export interface Outside {
  /** What it is, for an administrator: `mail server`. */
  what: string
  host: string
  port: number
  /**
   * Does the same with it as the service will do.
   * @throws {Failure} why the service will not be able to use it
   */
  ask: (host: Host, time: Time) => Promise<void>
}

/** How the program of a service checks its configuration. */
export interface Proof {
  /** The files that it checks: it runs if one of them is staged. */
  of: readonly string[]
  /** Whether it also runs before each start, because it is fast. */
  atStart?: true
  /**
   * @param outcome what follows if it refuses, for the message
   * @returns a warning if the check could not run
   * @throws {Failure} exit 78 if the program refuses the configuration
   */
  prove: (
    host: Host,
    stage: Stage,
    outcome: string,
  ) => Promise<string | undefined>
}

/** How a service that has read a file again is recognised. */
export type ReloadProof =
  /**
   * Each of these listeners serves the first certificate of a file: the kernel
   * says whose the listener is, and the handshake what is served.
   */
  | {
      kind: 'certificate'
      file: string
      at: readonly Probe[]
      /** The name that the client asks for (SNI), if that matters. */
      name?: string
    }
  /** A program, found in PATH, exits 0. */
  | { kind: 'exit'; argv: readonly [string, ...string[]] }

/** How a service reads some of its files again without a restart. */
export interface Reload {
  /**
   * Those files. If any other file that it reads has changed too, it is
   * restarted.
   */
  of: readonly string[]
  how: /** A signal to its process. */
    | { signal: 'HUP' | 'USR1' | 'USR2' }
    /** A program, found in PATH, that exits 0; root runs it, or this user. */
    | { argv: readonly [string, ...string[]]; user?: string }
  /**
   * All must succeed. The exit code of a program may be proof enough, a signal
   * never is one.
   */
  proofs: readonly ReloadProof[]
  /** Within how many seconds. After that it is restarted. */
  within: number
}

/** Data from which a service hands things out, each of them only once. */
export interface Once {
  /**
   * The files of these data: if one changes, the data may have. The first is
   * there as soon as there are any.
   */
  files: readonly [string, ...string[]]
  /**
   * Removes what an older state of the data would hand out again. The service
   * is down.
   * @returns what was removed, in words, if anything
   * @throws {Failure} exit 69 if that is not possible
   */
  forget: (host: Host) => Promise<string | undefined>
}

/** What a process that was killed leaves, and its successor cannot use. */
export interface Leavings {
  /**
   * The name of something that is left, if anything; called only if no process
   * of the service lives.
   */
  left: (
    host: Host,
    checks: readonly HealthCheck[],
  ) => Promise<string | undefined>
  /**
   * Removes it.
   * @returns why that is not possible
   */
  remove: (
    host: Host,
    checks: readonly HealthCheck[],
  ) => Promise<string | undefined>
}

/** Why a service fails although the files that cook writes are right. */
export interface Diagnosis {
  /** What is wrong, where, and what to do; or what was done. */
  message: string
  /** Whether it alone explains the failure, whatever cook's files contain. */
  isCertain: boolean
  /** Whether it was repaired, so that another start may succeed. */
  isRepaired?: true
}

/** What does not depend on parameters, for a service that rc(8) starts. */
export interface Daemon {
  /** Its name for service(8), and in plans, logs and status. */
  name: string
  /** Whether the rest goes on without it if it is not healthy. */
  aside?: true
  pidFile: string
  /**
   * Whether it listens before it writes its pid. For other services, whatever
   * answers before there is a process is another program.
   */
  pidLast?: true
  /** How many seconds after its start it may write its pid file. */
  forking: number
  /**
   * The user of its process, and an extended regular expression for its command
   * line: another process does not count, whatever the pid file says. Without
   * it the pid file must be one that only root can write.
   */
  runs?: {
    user: string
    pattern: string
    /** Whether it may be a process of root's, too. */
    orRoot?: true
  }
  /**
   * The users whose processes have its sockets, by default that of `runs`, or
   * root. What any other user's process answers is not the service's answer.
   */
  holders?: readonly string[]
  /**
   * The files of its program: while a process runs, it goes on with the old
   * ones. They are compared by identity, not read.
   */
  programs?: (host: Host) => readonly string[]
  /** The variables of its rc script, besides the one that enables it. */
  rc?: readonly RcRule[]
  log: string
  /** The line of its log with which each start begins, or soon after. */
  begins?: RegExp
  /** What its rc script prints at each start, whether that fails or not. */
  announces?: readonly RegExp[]
  /**
   * Lines of its log that say why it failed, the most specific pattern first.
   */
  explains: readonly RegExp[]
  /**
   * Finds out why it is not healthy; called only then.
   * @param lines what it has printed and logged
   * @param mayRepair whether it was to start now, and so may be repaired
   */
  diagnose?: (
    host: Host,
    lines: readonly string[],
    mayRepair: boolean,
  ) => Promise<Diagnosis | undefined>
  /**
   * What its administrator should know although it is healthy.
   * @param patience how long it may wait for what a start has begun, in
   *   milliseconds
   */
  notices?: (host: Host, patience: number) => Promise<readonly string[]>
  /** Where it is checked, if only the running system knows that. */
  listening?: (host: Host) => Promise<HealthCheck[]>
  /** How many seconds it may take to become healthy. */
  timeout: number
  /** What it must not do again after its data were set back. */
  once?: Once
  /** What has to be removed before it starts. */
  leavings?: Leavings
}
