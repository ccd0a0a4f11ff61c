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

// What may be there later. V8 and JavaScriptCore have words of their own.
const scarce: Record<string, string> = {
  EMFILE: 'too many open files (ulimit -n)',
  ENFILE: 'too many open files in the system',
  ENOMEM: 'not enough memory',
  ERR_MEMORY_ALLOCATION_FAILED: 'not enough memory',
  ENOBUFS: 'not enough memory for the network',
  EAGAIN: 'no more processes, or not enough memory, for now (ulimit -u)',
}

/** What is lacking for now, in words, if that is the error. */
export const lackOf = (error: unknown): string | undefined =>
  scarce[errorCode(error) ?? '']

/**
 * A failure that names a path or a command.
 * @param code the exit code, which is 75 if a resource is lacking for now
 */
export const failure = (code: Exit, path: string, error: unknown): Failure => {
  const lack = lackOf(error)
  const why = lack ?? words[errorCode(error) ?? ''] ?? errorMessage(error)
  return new Failure(
    lack === undefined ? code : exit.tempFail,
    `${path}: ${why}`,
    { cause: error },
  )
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
