import { errorMessage, exit, type Exit } from '../../contract/failure.ts'
import { hiding } from './hiding.ts'
import { keeper, type Level } from './keeper.ts'
import { spinnerOn } from './spinner.ts'
import {
  plain,
  plainLines,
  renderFaultText,
  type Fault,
} from '../../contract/report.ts'
import { hidden } from '../../contract/secret.ts'

/** Where lines go. */
export interface Streams {
  out: (text: string) => void
  err: (text: string) => void
  /** Whether the reader of `out` is far behind. */
  isFull: () => boolean
  /** Whether a person is watching. */
  terminal: boolean
}

/** What the last line of --json says. */
interface Result {
  exit: Exit
  [fact: string]: unknown
}

export interface Log {
  info: (message: string) => void
  warning: (message: string) => void
  error: (message: string, details?: readonly string[]) => void
  faults: (faults: readonly Fault[]) => void
  /** A step that was done: shown, and kept in the log. */
  done: (message: string) => void
  /** Something that takes long begins; the returned function ends it. */
  busy: (message: string) => () => void
  /** Text that was asked for, such as a table. */
  print: (text: string) => void
  /** A line that was asked for: without a time, and an object with --json. */
  item: (message: string, facts: object) => void
  /**
   * A line of a service's own log, which is not cook's to keep.
   * @returns whether it was printed: it is dropped if the reader is far behind
   */
  relay: (line: string, service: string, level?: Level) => boolean
  result: (result: Result) => void
  /**
   * From now on these texts are not shown in warnings and errors, in which
   * other programs may have repeated them.
   * @param secrets asked only when there is one: own settings take time to read
   */
  hide: (secrets: () => readonly string[]) => void
  /** From now on, and with all lines until now, to cook.log as well. */
  keep: (append: (lines: string) => void) => void
  /** Why cook.log could not be written, if it could not. */
  unkept: () => Error | undefined
}

// A defect in finding out what is secret must not show it, nor stop who reports
// an error in the middle of taking something back.
const hidingOrNothing = (
  secrets: () => readonly string[],
): ((text: string) => string) => {
  try {
    return hiding(secrets())
  } catch {
    return () => hidden
  }
}

// What other programs say may have no end, and a line of it no line break.
const mostDetails = 50
const longest = 4000

// Half of what is read of a line (lines.ts), so that no secret is cut there.
const longestRelayed = 32 * 1024

const short = (text: string, most = longest): string =>
  text.length > most ? `${text.slice(0, most)}…` : text

/** Lines for people, for a file, or one JSON object each. */
export const newLog = (
  streams: Streams,
  options: { json: boolean; quiet: boolean; now: () => Date },
): Log => {
  const { json, quiet, now } = options
  let withoutSecrets: (text: string) => string = text => text

  // Secrets first: a piece of one would not be found.
  const shown = (text: string): string => short(withoutSecrets(text))

  let unkept: Error | undefined
  const file = keeper(now, error => {
    unkept ??= error instanceof Error ? error : new Error(String(error))
    show('warning', errorMessage(error))
  })
  const spinner = spinnerOn(streams.err)

  const show = (
    level: Level,
    message: string,
    facts: object = {},
    sign = '',
  ): void => {
    file.line(level, message)
    if (quiet && level === 'info') {
      return
    }
    spinner.wipe()
    if (json) {
      const time = now().toISOString()
      const line = { time, level, message, ...facts }
      streams.out(`${plain(JSON.stringify(line))}\n`)
    } else if (level !== 'info') {
      streams.err(`${level}: ${plain(message)}\n`)
    } else {
      const time = streams.terminal ? '' : `${now().toISOString()} `
      streams.out(`${time}${sign}${plain(message)}\n`)
    }
  }

  return {
    info: message => show('info', message),
    warning: message => show('warning', shown(message)),
    error: (message, said = []) => {
      const details = said.slice(-mostDetails).map(shown)
      show('error', shown(message), details.length > 0 ? { details } : {})
      for (const detail of details) {
        file.line('error', `  ${detail}`)
        if (!json) {
          streams.err(`  ${plain(detail)}\n`)
        }
      }
    },
    faults: faults => {
      for (const fault of faults) {
        const { severity, ...facts } = fault
        const { message: _, ...place } = facts
        show(severity, renderFaultText(fault), place)
      }
    },
    done: message => show('info', message, {}, streams.terminal ? '✓ ' : ''),
    busy: message =>
      streams.terminal && !json && !quiet
        ? spinner.start(plain(message))
        : () => undefined,
    print: text => streams.out(plainLines(text)),
    item: (message, facts) =>
      json
        ? show('info', message, facts)
        : quiet || streams.out(`${plain(message)}\n`),
    relay: (said, service, level = 'info') => {
      if (streams.isFull()) {
        return false
      }
      spinner.wipe()
      const line = short(withoutSecrets(said), longestRelayed)
      const time = now().toISOString()
      const facts = { time, level, service, message: line }
      streams.out(`${plain(json ? JSON.stringify(facts) : line)}\n`)
      return true
    },
    result: result => {
      if (json) {
        const ok = result.exit === exit.ok || result.exit === exit.changes
        const line = { result: ok ? 'ok' : 'failed', ...result }
        streams.out(`${plain(JSON.stringify(line))}\n`)
      }
    },
    hide: secrets => {
      let made: typeof withoutSecrets | undefined
      withoutSecrets = text => (made ??= hidingOrNothing(secrets))(text)
    },
    keep: file.keep,
    unkept: () => unkept,
  }
}
