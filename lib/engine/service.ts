// The contract of a service: all that the engine knows of one.

import type { Failure } from '../contract/failure.ts'
import type { Host } from '../host/host.ts'
import type { Params } from '../params/params.ts'
import type { Report } from '../contract/report.ts'
import type { Probe } from '../net/probe.ts'
import type { Daemon, FileSystemStep, Step } from './steps/step.ts'
import type { ServiceRecord } from './record/made.ts'

/** What a service may look at when it recalls. */
export interface Given {
  host: Host
  /** The parameters that are right; all of them, where none is wrong. */
  right: Partial<Params>
  now: Date
  /** Gets what is wrong. */
  report: Report
}

/** What a service exports; R is what it recalls. */
export interface ServiceOf<R> {
  /** As it stands in plans, logs, status and the record. */
  name: string
  /** Whether these parameters ask for it in this jail. */
  wanted: (params: Partial<Params>) => boolean
  /**
   * Reads what the disk holds of it, and makes in memory what is missing.
   * Changes nothing. What is wrong goes into the report.
   * @returns nothing where the parameters do not suffice
   */
  recall?: (given: Given) => Promise<R | undefined> | R | undefined
  /** All that it needs, as data, in order. */
  steps: (params: Params, recalled: R) => Step[]
  /** What of it an image has before there are parameters. */
  image?: (nomad: boolean) => FileSystemStep[]
  /** What is always so of it, where rc(8) starts it. */
  daemon?: Daemon
  /** Its user, who is there before cook is: a package's. */
  user?: string
  /** Why it cannot run here, as when its program is not installed. */
  missing?: (host: Host) => Failure | undefined
  /** What an image lacks of it: packages to be installed. */
  lacks?: (host: Host) => string[]
  /** What of it others may repeat and nobody may see. */
  secrets?: (recalled: R) => string[]
  /**
   * What of it is in a jail whose record does not say so: it is lost, or of
   * format 1, which knew where one service was to answer and no more.
   * @param probes those places, if any
   */
  formerly?: (host: Host, probes: readonly Probe[]) => ServiceRecord | undefined
}

/** Any service, as the engine handles it: what it recalls is its own. */
export type Service = ServiceOf<unknown>

/** Makes a service one of many. */
export const service = <R>(definition: ServiceOf<R>): Service =>
  // What its `recall` gives its `steps` and `secrets` get, and nothing else.
  definition as unknown as Service
