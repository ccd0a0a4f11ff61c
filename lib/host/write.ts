import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { errorCode, exit } from '../contract/failure.ts'
import { failure, writing } from './failure.ts'
import { within } from './links.ts'
import { temporaryName } from './look.ts'

const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = fs.constants

/** Owner as numbers; undefined does not change that one. */
export interface Owner {
  uid: number | undefined
  gid: number | undefined
}

/** A complete file under a temporary name beside its final one. */
export interface Temporary {
  path: string
  /** Waits until it is on the disk. */
  settle: () => Promise<void>
  /** Removes it. */
  discard: () => void
}

/** Waits until a file or a directory is on the disk. */
export const synced = (path: string, fd: number): Promise<void> =>
  new Promise((resolve, reject) =>
    fs.fsync(fd, error =>
      error ? reject(failure(exit.cantCreate, path, error)) : resolve(),
    ),
  )

const temporary = (
  path: string,
  name: string,
  real: string,
  fd: number,
): Temporary => {
  let open = true
  const close = (): void => {
    if (open) {
      open = false
      fs.closeSync(fd)
    }
  }
  return {
    path: name,
    settle: () => synced(path, fd).finally(() => writing(path, close)),
    discard: () => {
      close()
      fs.rmSync(real, { force: true })
    },
  }
}

/** Sets owner and group; undefined leaves that one alone. */
export const setOwner = (fd: number, owner: Owner): void => {
  if (owner.uid !== undefined || owner.gid !== undefined) {
    const now = fs.fstatSync(fd)
    fs.fchownSync(fd, owner.uid ?? now.uid, owner.gid ?? now.gid)
  }
}

/**
 * Writes below a root so that a reader sees either the old or the new file.
 * @param made receives the names of temporary files
 */
export const writer = (below: (path: string) => string, made: Set<string>) => {
  const newName = (path: string): string => {
    const name = temporaryName(path, randomBytes(6).toString('hex'))
    made.add(name)
    return name
  }

  return {
    /**
     * Writes a file under a random name beside its final one, with its final
     * owner and mode. Before it has them nobody else can read it.
     * @param mtimeMs its modification time, if not now
     */
    writeTemporary: (
      path: string,
      content: string,
      fileMode: number,
      owner: Owner,
      mtimeMs?: number,
    ): Temporary => {
      const name = newName(path)
      return writing(path, () => {
        const real = below(name)
        const fd = fs.openSync(real, 'wx', 0o600)
        try {
          fs.writeFileSync(fd, content)
          setOwner(fd, owner)
          fs.fchmodSync(fd, fileMode)
          if (mtimeMs !== undefined) {
            fs.futimesSync(fd, mtimeMs / 1000, mtimeMs / 1000)
          }
          return temporary(path, name, real, fd)
        } catch (error) {
          fs.closeSync(fd)
          fs.rmSync(real, { force: true })
          throw error
        }
      })
    },

    /**
     * Makes a hard link to a file, from which it can be restored; undefined if
     * there is no file.
     */
    keep: (path: string): string | undefined => {
      const second = newName(path)
      return writing(path, () => {
        const stat = fs.lstatSync(below(path), { throwIfNoEntry: false })
        if (stat?.isSymbolicLink()) {
          // FreeBSD's link(2) would link the target of a symbolic link.
          fs.symlinkSync(fs.readlinkSync(below(path)), below(second))
        } else if (stat !== undefined) {
          fs.linkSync(below(path), below(second))
        }
        return stat && second
      })
    },

    /** Restores what `keep` has kept. */
    restore: (second: string, path: string): void =>
      writing(path, () => {
        fs.renameSync(below(second), below(path))
        // If both are names of one file, rename(2) does not remove either.
        fs.rmSync(below(second), { force: true })
      }),

    /**
     * Makes a claim, which only one process can make: a symbolic link to
     * nowhere, whose text is complete at once. False if the claim exists.
     */
    claim: (path: string, text: string): boolean =>
      writing(path, () => {
        fs.mkdirSync(within(below, dirname(path)), { recursive: true })
        try {
          fs.symlinkSync(text, below(path))
          return true
        } catch (error) {
          if (errorCode(error) === 'EEXIST') {
            return false
          }
          throw error
        }
      }),

    rename: (from: string, to: string): void =>
      writing(to, () => {
        fs.renameSync(below(from), below(to))
        // On nullfs(5) and tmpfs(5) the renamed file gets its new ctime when
        // somebody looks: now, so that it does not change later.
        fs.lstatSync(below(to))
      }),

    remove: (path: string): void =>
      writing(path, () => fs.rmSync(below(path), { force: true })),

    /** Appends to a log that root owns; creates it with mode 0640. */
    append: (path: string, lines: string): void =>
      writing(path, () => {
        const flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK
        fs.mkdirSync(within(below, dirname(path)), { recursive: true })
        const fd = fs.openSync(below(path), flags, 0o640)
        try {
          fs.writeFileSync(fd, lines)
        } finally {
          fs.closeSync(fd)
        }
      }),
  }
}
