import { exit, Failure } from './failure.ts'
import type { Host } from './host.ts'
import type { Report } from './report.ts'

// The text is the whole file, so that it is never written anew: a byte order
// mark stays.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * A file's text, undefined when there is none. What is wrong with the file
 * goes into the report, so that the reading of others goes on.
 */
export const textOrFault = (
  host: Host,
  path: string,
  report: Report,
): string | undefined => {
  try {
    const content = host.read(path)
    return content && decoder.decode(content)
  } catch (error) {
    if (error instanceof TypeError) {
      report.error(path, undefined, 'is not UTF-8 text')
    } else if (error instanceof Failure && error.exit === exit.config) {
      const message = error.message.replace(`${path}: `, '')
      report.error(path, undefined, message)
    } else {
      throw error
    }
    return undefined
  }
}
