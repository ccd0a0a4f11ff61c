// The contract of a service: everything that the engine knows about one.

import type { Failure } from '../contract/failure.ts'
import type { Host } from '../host/host.ts'
import type { Params } from '../params/params.ts'
import type { Report } from '../contract/report.ts'
import type { Probe } from '../net/probe.ts'
import type { Daemon } from './steps/daemon.ts'
import type { FileSystemStep, Step } from './steps/step.ts'
import type { ServiceRecord } from './record/made.ts'

/** What a service may read in recall. */
export interface Given {
  host: Host
  /** The valid parameters; all parameters if none is wrong. */
  right: Partial<Params>
  now: Date
  /** Collects errors and warnings. */
  report: Report
}

/** What a service exports. R is what it recalls. */
export interface ServiceOf<R> {
  /** Its name in plans, logs, status and the record. */
  name: string
  /** Whether these parameters ask for it in this jail. */
  wanted: (params: Partial<Params>) => boolean
  /**
   * Reads what the disk holds for it, and generates in memory what is missing.
   * Changes nothing. Errors go into the report.
   * @returns undefined if the parameters are not enough
   */
  recall?: (given: Given) => Promise<R | undefined> | R | undefined
  /** Everything that it needs, as data, in order. */
  steps: (params: Params, recalled: R) => Step[]
  /** What an image contains for it, before there are parameters. */
  image?: (nomad: boolean) => FileSystemStep[]
  /** What does not depend on parameters, if rc(8) starts it. */
  daemon?: Daemon
  /** Its user, if a package creates that user. */
  user?: string
  /** Why it cannot run here: its program is not installed, for example. */
  missing?: (
    host: Host,
    right: Partial<Params>,
  ) => Promise<Failure | undefined> | Failure | undefined
  /** The packages that it needs and that the image lacks. */
  lacks?: (host: Host) => Promise<string[]> | string[]
  /** Its secrets, which the output of programs may contain. */
  secrets?: (recalled: R) => string[]
  /**
   * What cook created for it in a jail whose record does not say so: the record
   * is lost, or has format 1, which only said where one service answers.
   * @param probes what format 1 said, if anything
   */
  formerly?: (host: Host, probes: readonly Probe[]) => ServiceRecord | undefined
}

/** Any service, as the engine handles it, whatever it recalls. */
export type Service = ServiceOf<unknown>

/** Makes a service fit the list of all services. */
export const service = <R>(definition: ServiceOf<R>): Service =>
  // `steps` and `secrets` only get what `recall` of the same service returned.
  definition as unknown as Service
