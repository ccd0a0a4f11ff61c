import { plain } from '../../contract/report.ts'

export type Level = 'info' | 'warning' | 'error'

/**
 * The lines of a run for a file: they wait until it is known which.
 * @param failed receives why the file cannot be written; then no more is tried
 */
export const keeper = (now: () => Date, failed: (error: unknown) => void) => {
  let kept: string[] | ((lines: string) => void) = []

  // A log that cannot be written is worth a warning, not the run.
  const write = (append: (lines: string) => void, lines: string): void => {
    try {
      append(lines)
    } catch (error) {
      kept = () => undefined
      failed(error)
    }
  }

  return {
    line: (level: Level, message: string): void => {
      const line = `${now().toISOString()} ${level}: ${plain(message)}\n`
      if (Array.isArray(kept)) {
        kept.push(line)
      } else {
        write(kept, line)
      }
    },

    /** From now on, and with all lines until now, to the file. */
    keep: (append: (lines: string) => void): void => {
      const before = Array.isArray(kept) ? kept.join('') : ''
      kept = append
      if (before !== '') {
        write(append, before)
      }
    },
  }
}
