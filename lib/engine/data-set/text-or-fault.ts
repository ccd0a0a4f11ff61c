import { dirname } from 'node:path'
import { exit, Failure } from '../../contract/failure.ts'
import type { Host } from '../../host/host.ts'
import { isOpen } from './judge-folders.ts'
import type { Report } from '../../contract/report.ts'

// The text is the whole file, so that it is never written anew: a byte order
// mark stays.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

// What judgeFolders has looked at may have passed its name on to another file
// since then: what was read tells whose it is.
const contentOf = (host: Host, path: string): Buffer | undefined => {
  const found = host.readOwned(path)
  if (found === undefined || (found.own && found.alone)) {
    return found?.content
  }
  const folder = host.look(dirname(path))
  if (host.privileged && folder !== undefined && isOpen(folder)) {
    const message = 'was put there while cook ran, and not by root'
    throw new Failure(exit.config, `${path}: ${message}`)
  }
  return host.read(path)
}

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
