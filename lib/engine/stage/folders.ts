import { dirname } from 'node:path'
import type { Host } from '../../host/host.ts'
import type { Owner } from '../../host/write.ts'

/**
 * The folders of a stage. They are made and changed at once, since files are
 * staged in them; each change has what takes it back.
 * @param undo gets that
 */
export const foldersOf = (host: Host, undo: (step: () => void) => void) => {
  // Those in which names come or go.
  const touched = new Set<string>()

  // Nobody mends a folder that is only on the way, so it has its final mode
  // from the first moment.
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
    /** Says that a name comes or goes in a file's folder, and makes that. */
    prepareFor: (path: string): void => {
      makeParents(path)
      touched.add(dirname(path))
    },

    /** A folder with its owner and mode. */
    set: (path: string, mode: number, owner: Owner): void => {
      const before = host.look(path)
      if (before === undefined) {
        make(path, 0o700)
      } else {
        undo(() => host.setDir(path, before.mode, before))
      }
      host.setDir(path, mode, owner)
    },

    /** Waits until the names in them are on the disk. */
    sync: (): Promise<void> => host.syncDirs([...touched]),
  }
}
