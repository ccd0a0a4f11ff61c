import { dirname } from 'node:path'
import { exit, Failure } from '../../contract/failure.ts'
import type { Host } from '../../host/host.ts'
import { isOpen, isOurs, remedy } from './judge-folders.ts'
import type { Report } from '../../contract/report.ts'

// The text is the whole file with its byte order mark: otherwise it would
// differ from the file, and cook would write that again.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The content of a file; undefined if there is none. After judgeFolders has
 * checked the name, it may refer to another file. So the owner is checked again
 * on the open file.
 * @throws {Failure} exit 78 if another user may have put it there
 */
export const ownContent = (host: Host, path: string): Buffer | undefined => {
  const found = host.readOwned(path)
  if (found === undefined || (found.own && found.alone)) {
    return found?.content
  }
  const folder = dirname(path)
  const stat = host.look(folder)
  const open = stat !== undefined && isOpen(stat)
  if (host.privileged && (open || (isOurs(folder) && !found.own))) {
    const message = `may have been put there by another user: ${remedy}`
    throw new Failure(exit.config, `${path}: ${message}`)
  }
  return host.read(path)
}

/**
 * The text of a file, or undefined if there is none. An error in the file goes
 * into the report, and other files are still read.
 * @param otherForm what content is that is not UTF-8, if that is known
 */
export const textOrFault = (
  host: Host,
  path: string,
  report: Report,
  otherForm?: (content: Buffer) => string | undefined,
): string | undefined => {
  let content: Buffer | undefined
  try {
    content = ownContent(host, path)
    return content && decoder.decode(content)
  } catch (error) {
    if (error instanceof TypeError) {
      const form = content && otherForm?.(content)
      report.error(path, undefined, form ?? 'is not UTF-8 text')
    } else if (error instanceof Failure && error.exit === exit.config) {
      const message = error.message.replace(`${path}: `, '')
      report.error(path, undefined, message)
    } else {
      throw error
    }
    return undefined
  }
}
