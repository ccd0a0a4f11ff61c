import { dirname } from 'node:path'
import { exit, Failure } from '../../contract/failure.ts'
import type { Host } from '../../host/host.ts'
import { isOpen } from './judge-folders.ts'
import type { Report } from '../../contract/report.ts'

// The text is the whole file with its byte order mark: otherwise it would
// differ from the file, and cook would write that again.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

// After judgeFolders has checked the name, it may refer to another file. So the
// owner is checked again on the open file.
const contentOf = (host: Host, path: string): Buffer | undefined => {
  const found = host.readOwned(path)
  if (found === undefined || (found.own && found.alone)) {
    return found?.content
  }
  const folder = host.look(dirname(path))
  if (host.privileged && folder !== undefined && isOpen(folder)) {
    const message = 'was put there by another user while cook ran'
    throw new Failure(exit.config, `${path}: ${message}`)
  }
  return host.read(path)
}

/**
 * The text of a file, or undefined if there is none. An error in the file goes
 * into the report, and other files are still read.
 */
export const textOrFault = (
  host: Host,
  path: string,
  report: Report,
): string | undefined => {
  try {
    const content = contentOf(host, path)
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
