// Reading as another user, where that user decides what a path leads to.

import { spawnSync } from 'node:child_process'
import { errorCode } from '../../contract/failure.ts'

interface Limits {
  /** In seconds: a pipe may have no writer, or one that does not end. */
  patience: number
  /** In bytes. */
  largest: number
}

// In seconds, for su(1) itself.
const grace = 20

/**
 * Reads a file of any type as a user, who may not read what only root may.
 * @param user a name in passwd(5)
 * @param path a whole path
 * @param search the search path for programs
 */
export const readAs = (
  user: string,
  path: string,
  search: string,
  { patience, largest }: Limits,
): Buffer => {
  // The shell is root's own, which may be csh(1). timeout(1) runs as the user,
  // because su(1) would leave its child behind if it were ended.
  const command = `exec timeout --foreground ${patience} cat -- "$NAMED"`
  const { status, error, stdout } = spawnSync(
    'su',
    ['-m', user, '-c', command],
    {
      env: { PATH: search, HOME: '/', SHELL: '/bin/sh', NAMED: path },
      cwd: '/',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: (patience + grace) * 1000,
      killSignal: 'SIGKILL',
      maxBuffer: largest,
    },
  )
  if (errorCode(error) === 'ENOBUFS') {
    throw new Error('is too large')
  }
  // That of timeout(1).
  if (status === 124) {
    throw new Error(`does not end within ${patience} s`)
  }
  if (error !== undefined || status !== 0) {
    throw new Error(
      `cannot be read by ${user}, who can replace it: use a directory in ` +
        'which only root can write',
    )
  }
  return stdout
}
