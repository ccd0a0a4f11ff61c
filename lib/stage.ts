import { dirname } from 'node:path'
import { errorMessage, exit, Failure } from './failure.ts'
import type { Host } from './host.ts'
import type { Owner, Temporary } from './host-write.ts'

interface Staged {
  path: string
  temporary: Temporary
}

interface Replaced {
  path: string
  /** The second name of the file as it was; nothing if there was none. */
  previous: string | undefined
}

/**
 * Changes that take effect together. Files are written beside their places
 * and renamed only when all of them are on the disk; whatever fails before,
 * `abandon` takes back everything, and after it `revert` puts back what was.
 */
export type Stage = ReturnType<typeof newStage>

export const newStage = (host: Host) => {
  const staged: Staged[] = []
  const texts = new Map<string, string>()
  const replaced: Replaced[] = []
  const unwanted: string[] = []
  const undo: (() => void)[] = []

  const makeParents = (path: string): void => {
    const parent = dirname(path)
    if (host.look(parent) === undefined) {
      makeParents(parent)
      makeDir(parent)
      host.setDir(parent, 0o755, { uid: undefined, gid: undefined })
    }
  }

  const makeDir = (path: string): void => {
    makeParents(path)
    host.makeDir(path)
    undo.push(() => host.removeDir(path))
  }

  const syncDirs = (): void => {
    const dirs = new Set(staged.map(({ path }) => dirname(path)))
    for (const dir of dirs) {
      host.syncDir(dir)
    }
  }

  const putBack = ({ path, previous }: Replaced): void =>
    previous === undefined ? host.remove(path) : host.rename(previous, path)

  const abandon = (): void => {
    const faults: unknown[] = []
    const steps = [
      ...replaced.map(each => () => putBack(each)),
      ...staged.map(each => () => each.temporary.discard()),
      ...undo.toReversed(),
    ]
    for (const step of steps) {
      try {
        step()
      } catch (error) {
        faults.push(error)
      }
    }
    if (faults.length > 0) {
      throw new Failure(
        exit.cantCreate,
        `could not take back: ${faults.map(errorMessage).join('; ')}`,
      )
    }
  }

  return {
    /** The text that a file has, or will have. */
    text: (path: string): string | undefined =>
      texts.get(path) ?? host.text(path),

    /** Where a staged file waits. */
    temporary: (path: string): string | undefined =>
      staged.findLast(each => each.path === path)?.temporary.path,

    file: (path: string, content: string, mode: number, owner: Owner): void => {
      makeParents(path)
      const before = host.look(path)
      const same = before?.type === 'file' && host.text(path) === content
      // Where only owner or mode differ, who reads the file need not be
      // started again: it keeps its time.
      const time = same ? before.mtimeMs : undefined
      const temporary = host.writeTemporary(path, content, mode, owner, time)
      staged.push({ path, temporary })
      texts.set(path, content)
    },

    dir: (path: string, mode: number, owner: Owner): void => {
      const before = host.look(path)
      if (before === undefined) {
        makeDir(path)
      } else {
        undo.push(() => host.setDir(path, before.mode, before))
      }
      host.setDir(path, mode, owner)
    },

    /** What takes back a change that was made at once. */
    undo: (step: () => void): void => void undo.push(step),

    /** A file that goes when the commit is for good: `revert` may need it. */
    drop: (path: string): void => void unwanted.push(path),

    /** Puts all staged files in their places, in the order of staging. */
    commit: async (): Promise<void> => {
      await Promise.all(staged.map(({ temporary }) => temporary.settle()))
      for (const { path, temporary } of staged) {
        const previous = host.keep(path)
        replaced.push({ path, previous })
        host.rename(temporary.path, path)
      }
      syncDirs()
    },

    /** Takes back everything, committed or not. */
    abandon,

    /** Drops the previous versions: the commit is for good. */
    finish: (): void => {
      unwanted.splice(0).forEach(host.remove)
      for (const { previous } of replaced.splice(0)) {
        if (previous !== undefined) {
          host.remove(previous)
        }
      }
    },

    /**
     * Puts back those of the named files that were there before the commit;
     * what is new, a key perhaps, stays. Says whether there was any.
     */
    revert: (paths: readonly string[]): boolean => {
      const old = replaced.filter(
        ({ path, previous }) => previous !== undefined && paths.includes(path),
      )
      old.forEach(putBack)
      old.forEach(each => replaced.splice(replaced.indexOf(each), 1))
      unwanted.splice(0, old.length > 0 ? Infinity : 0)
      syncDirs()
      return old.length > 0
    },
  }
}
