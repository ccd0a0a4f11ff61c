import { exit, Failure } from '../contract/failure.ts'
import type { Report } from '../contract/report.ts'

/**
 * Reads a file that a parameter or a flag names. If it is missing or
 * unreadable, the error names that parameter or flag.
 */
export const readOrFault = <T>(
  read: (path: string) => T | undefined,
  path: string,
  name: string,
  source: string | undefined,
  report: Report,
): T | undefined => {
  try {
    const found = read(path)
    if (found === undefined) {
      report.error(name, source, `${path}: no such file`)
    }
    return found
  } catch (error) {
    if (error instanceof Failure && error.exit !== exit.tempFail) {
      report.error(name, source, error.message)
      return undefined
    }
    throw error
  }
}
