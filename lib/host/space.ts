import * as fs from 'node:fs'
import { errorCode } from '../contract/failure.ts'

/** What is left of a file system, for users other than root. */
export interface Space {
  /** In bytes. */
  free: number
  total: number
  /** Undefined if the file system has no fixed number of inodes. */
  inodes: { free: number; total: number } | undefined
  isReadOnly: boolean
}

// Below zero if only root may write: UFS keeps a reserve (tunefs(8), -m).
const left = (count: bigint): number =>
  Math.max(0, Number(BigInt.asIntN(64, count)))

// The answer is that of access(2), which root gets too.
const isReadOnly = (path: string): boolean => {
  try {
    fs.accessSync(path, fs.constants.W_OK)
    return false
  } catch (error) {
    return errorCode(error) === 'EROFS'
  }
}

/** Asks about file systems below a root. */
export const measurer = (below: (path: string) => string) => ({
  /**
   * The space of the file system of a directory (statfs(2)). A quota of ZFS is
   * in it. Undefined if the system does not say.
   */
  space: (path: string): Space | undefined => {
    try {
      const real = below(path)
      const { bsize, blocks, bavail, files, ffree } = fs.statfsSync(real, {
        bigint: true,
      })
      const inodes = { free: left(ffree), total: left(files) }
      return {
        free: left(bavail) * Number(bsize),
        total: left(blocks) * Number(bsize),
        inodes: inodes.total === 0 ? undefined : inodes,
        isReadOnly: isReadOnly(real),
      }
    } catch {
      return undefined
    }
  },
})
