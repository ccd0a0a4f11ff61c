import * as fs from 'node:fs'
import { allDone } from '../contract/failure.ts'
import { writing } from './failure.ts'
import { within } from './links.ts'
import { setOwner, synced, type Owner } from './write.ts'

const { O_RDONLY, O_NOFOLLOW, O_DIRECTORY } = fs.constants

/** Directories below a root. */
export const directories = (below: (path: string) => string) => {
  const syncDir = async (path: string): Promise<void> => {
    const flags = O_RDONLY | O_DIRECTORY
    const fd = writing(path, () => fs.openSync(within(below, path), flags))
    const close = (): void => writing(path, () => fs.closeSync(fd))
    await synced(path, fd).finally(close)
  }

  return {
    makeDir: (path: string, dirMode: number): void =>
      writing(path, () => fs.mkdirSync(below(path), { mode: dirMode })),

    removeDir: (path: string): void =>
      writing(path, () => fs.rmdirSync(below(path))),

    /** Sets the owner and mode of a directory without following a link. */
    setDir: (path: string, dirMode: number, owner: Owner): void =>
      writing(path, () => {
        const fd = fs.openSync(below(path), O_RDONLY | O_NOFOLLOW | O_DIRECTORY)
        try {
          setOwner(fd, owner)
          fs.fchmodSync(fd, dirMode)
        } finally {
          fs.closeSync(fd)
        }
      }),

    /** Waits until the names in directories are on the disk, all at once. */
    syncDirs: (paths: readonly string[]): Promise<void> =>
      allDone(paths.map(syncDir)),
  }
}
