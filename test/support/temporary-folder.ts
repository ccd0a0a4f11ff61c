import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/**
 * Makes an empty directory, for as long as the test lasts. Unlike t.testdir()
 * it does not lie below the clone: the path of a socket has room for 103 bytes
 * on FreeBSD and 107 on Linux (unix(4), unix(7)).
 */
export const temporaryFolder = (t: Test, name: string): string => {
  const folder = mkdtempSync(join(tmpdir(), `cook-${name}-`))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
