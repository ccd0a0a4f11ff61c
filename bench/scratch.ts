// Folders that are gone when the process is, however it ends.

import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const made = new Set<string>()

const remove = (folder: string): void =>
  rmSync(folder, { recursive: true, force: true })

process.once('exit', () => made.forEach(remove))

/** A new empty folder, open to everybody as the root of a data set is. */
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
