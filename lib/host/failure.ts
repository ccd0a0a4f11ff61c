import {
  errorCode,
  errorMessage,
  exit,
  Failure,
  type Exit,
} from '../contract/failure.ts'

/** Errors of the system in the words of an administrator. */
export const words: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ENOSPC: 'no space left',
  EDQUOT: 'quota exceeded',
  EROFS: 'read-only file system',
  EIO: 'input/output error',
  ENOENT: 'no such file or folder',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'a part of the path is not a folder',
  ENAMETOOLONG: 'the name is too long',
  // Writing to a named pipe that nobody reads.
  ENXIO: 'is no file',
  ELOOP: 'is a symbolic link, which cook does not follow here',
  // FreeBSD's word for it.
  EMLINK: 'is a symbolic link, which cook does not follow here',
}

/** A failure about a path, or about a command. */
export const failure = (code: Exit, path: string, error: unknown): Failure => {
  const name = errorCode(error) ?? ''
  return new Failure(code, `${path}: ${words[name] ?? errorMessage(error)}`, {
    cause: error,
  })
}

/** Reading: what is missing is no error, what is wrong is. */
export const unlessMissing = <T>(
  path: string,
  read: () => T,
): T | undefined => {
  try {
    return read()
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      return undefined
    }
    const denied = ['EACCES', 'EPERM'].includes(errorCode(error) ?? '')
    throw failure(denied ? exit.noPermission : exit.config, path, error)
  }
}

/** Writing: whatever goes wrong ends the run. */
export const writing = <T>(path: string, write: () => T): T => {
  try {
    return write()
  } catch (error) {
    // Not the system's word, but a defect of cook's.
    if (error instanceof TypeError) {
      throw error
    }
    throw failure(exit.cantCreate, path, error)
  }
}
