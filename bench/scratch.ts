// Temporary directories that are removed when the process ends in any way.

import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const made = new Set<string>()

const remove = (folder: string): void =>
  rmSync(folder, { recursive: true, force: true })

process.once('exit', () => made.forEach(remove))

/**
 * A new empty directory that everybody can read, like the root of a data set.
 */
export const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'cook-bench-'))
  made.add(folder)
  chmodSync(folder, 0o755)
  return folder
}

export const removeFolder = (folder: string): void => {
  remove(folder)
  made.delete(folder)
}
