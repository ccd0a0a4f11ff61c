import {
  errorCode,
  errorMessage,
  exit,
  Failure,
  type Exit,
} from '../contract/failure.ts'

/** Errors of the system in words. */
export const words: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ENOSPC: 'no space left',
  EDQUOT: 'quota exceeded',
  EFBIG: 'larger than a file may be here (ulimit -f, or the file system)',
  EROFS: 'read-only file system',
  EIO: 'input/output error',
  ENOENT: 'no such file or directory',
  EISDIR: 'is a directory, not a file',
  ENOTDIR: 'a component of the path is not a directory',
  ENAMETOOLONG: 'the name is too long',
  // The error for writing to a named pipe without a reader.
  ENXIO: 'is not a regular file',
  ELOOP: 'is a symbolic link, which cook does not follow here',
  // The same on FreeBSD.
  EMLINK: 'is a symbolic link, which cook does not follow here',
}

/** A failure that names a path or a command. */
export const failure = (code: Exit, path: string, error: unknown): Failure => {
  const name = errorCode(error) ?? ''
  return new Failure(code, `${path}: ${words[name] ?? errorMessage(error)}`, {
    cause: error,
  })
}

/** Reads; a missing file is not an error, anything else is. */
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

/** Writes; any error ends the run. */
export const writing = <T>(path: string, write: () => T): T => {
  try {
    return write()
  } catch (error) {
    // Not an error of the system but a defect in cook.
    if (error instanceof TypeError) {
      throw error
    }
    throw failure(exit.cantCreate, path, error)
  }
}
