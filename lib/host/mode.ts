import * as fs from 'node:fs'
import { writing } from './failure.ts'

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants

/** Changes modes of files below a root. */
export const modes = (below: (path: string) => string) => ({
  /**
   * Sets the mode of a regular file of root's in a directory where every user
   * can write. A link or another hard link in its place is not touched.
   * @returns the previous mode, if it was set
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
