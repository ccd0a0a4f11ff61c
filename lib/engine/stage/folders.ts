import { dirname } from 'node:path'
import type { Host } from '../../host/host.ts'
import type { Owner } from '../../host/write.ts'

/**
 * The directories of a stage. They are created and changed at once, because
 * files are staged in them; each change can be rolled back.
 * @param undo gets the function that rolls it back
 */
export const foldersOf = (host: Host, undo: (step: () => void) => void) => {
  // The directories in which names are added or removed.
  const touched = new Set<string>()

  // No step mends a parent directory, so it gets its final mode when it is
  // created.
  const makeParents = (path: string): void => {
    const parent = dirname(path)
    if (host.look(parent) === undefined) {
      make(parent, 0o755)
    }
  }

  const make = (path: string, mode: number): void => {
    makeParents(path)
    host.makeDir(path, mode)
    undo(() => host.removeDir(path))
    touched.add(dirname(path))
  }

  return {
    /**
     * Creates the directory of a file, and notes that its names will change.
     */
    prepareFor: (path: string): void => {
      makeParents(path)
      touched.add(dirname(path))
    },

    /** A directory with its owner and mode. */
    set: (path: string, mode: number, owner: Owner): void => {
      const before = host.look(path)
      if (before === undefined) {
        make(path, 0o700)
      } else {
        undo(() => host.setDir(path, before.mode, before))
      }
      host.setDir(path, mode, owner)
    },

    /** Waits until the names in the directories are on the disk. */
    sync: (): Promise<void> => host.syncDirs([...touched]),
  }
}
