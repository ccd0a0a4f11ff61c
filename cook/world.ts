import type { CommandLine } from '../lib/cli/command-line.ts'
import type { Failure } from '../lib/contract/failure.ts'
import type { Host, Machine } from '../lib/host/host.ts'
import type { Log, Streams } from '../lib/host/log/log.ts'
import type { Input } from './terminal.ts'

/** Everything that a run uses of its process. */
export interface World {
  argv: readonly string[]
  environment: Readonly<Record<string, string | undefined>>
  machine: Machine
  streams: Streams
  /**
   * Waits until the output is written, at most so many milliseconds.
   * @returns why it could not be; a reader who has left is not a failure
   */
  written: (patience?: number) => Promise<Failure | undefined>
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
