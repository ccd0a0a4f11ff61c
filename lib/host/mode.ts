import * as fs from 'node:fs'
import { writing } from './failure.ts'

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants

/** Changing the modes of files below a root. */
export const modes = (below: (path: string) => string) => ({
  /**
   * Sets the mode of a plain file of root's in a folder that is everybody's.
   * What somebody has put in its place, a link or a second name of another
   * file, is left alone.
   * @returns the mode that it had, if it was set
   */
  setMode: (path: string, mode: number): number | undefined =>
    writing(path, () => {
      const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK
      const fd = fs.openSync(below(path), flags)
      try {
        const stat = fs.fstatSync(fd)
        if (!stat.isFile() || stat.uid !== 0 || stat.nlink !== 1) {
          return undefined
        }
        fs.fchmodSync(fd, mode)
        return stat.mode & 0o7777
      } finally {
        fs.closeSync(fd)
      }
    }),
})
