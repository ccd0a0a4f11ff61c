import type { CommandLine } from '../lib/command-line.ts'
import { exit, Failure } from '../lib/failure.ts'
import type { Host, Machine } from '../lib/host.ts'
import type { Log, Streams } from '../lib/log.ts'
import type { Report } from '../lib/report.ts'
import type { Input } from './terminal.ts'

/** Everything that a run uses of its process. */
export interface World {
  argv: readonly string[]
  environment: Readonly<Record<string, string | undefined>>
  machine: Machine
  streams: Streams
  /** Opens standard input. */
  input: () => Input
  now: () => Date
  /** cook's own version. */
  version: string
  /** The commit and the runtime, for --version. */
  build: string
  /** The path of this executable. */
  program: string
  /** Replaces this process by another program, if possible (execve(2)). */
  become: (file: string, argv: readonly string[]) => void
  /** Settles when a signal asks the process to end. */
  ended: () => Promise<void>
  /** Rejects at an uncaught error, as in a callback. */
  crashed: () => Promise<never>
}

/** One run: the process, and the parsed command line. */
export interface Run extends World {
  line: CommandLine
  host: Host
  log: Log
  /** The fields of the --json result. */
  facts: Record<string, unknown>
}

export const nothingToDo = 'nothing to do: everything is as it should be'

/** Reports all errors and warnings. */
export const tell = ({ log, facts }: Run, report: Report): void => {
  log.faults(report.faults)
  facts['faults'] = report.faults
}

/** The end of a run with errors, after they were reported. */
export const refuse = ({ log }: Run): Failure => {
  log.item('nothing was changed', {})
  return new Failure(exit.config, '')
}
