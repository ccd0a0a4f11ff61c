import type { Host } from '../../host/host.ts'
import type { Owner } from '../../host/write.ts'
import { foldersOf } from './folders.ts'
import { attempt, takeBack } from './undoing.ts'
import { waitingOf } from './waiting.ts'

interface Replaced {
  path: string
  /** A hard link to the previous file; undefined if there was none. */
  previous: string | undefined
}

/**
 * Changes that take effect together. Files are written under temporary names in
 * their directories, and renamed only after all of them are on the disk. If
 * anything fails before that, `abandon` rolls back everything; after it,
 * `revert` restores the previous files.
 */
export type Stage = ReturnType<typeof newStage>

export const newStage = (host: Host) => {
  const undo: (() => void)[] = []
  const folders = foldersOf(host, step => void undo.push(step))
  const waiting = waitingOf(host)
  const replaced: Replaced[] = []
  const unwanted: string[] = []
  const unwantedDirs: string[] = []
  const remains: string[] = []

  const file = (
    path: string,
    content: string,
    mode: number,
    owner: Owner,
  ): void => {
    folders.prepareFor(path)
    waiting.add(path, content, mode, owner)
  }

  const putBack = ({ path, previous }: Replaced): void =>
    previous === undefined ? host.remove(path) : host.restore(previous, path)

  // A hard link that stays does no harm, and the next run removes it.
  const faults: string[] = []
  const drop = (paths: readonly string[]): void => {
    faults.push(...attempt(paths.map(path => () => host.remove(path))))
  }

  return {
    /**
     * The text of a file that will be changed, staged or not.
     * @throws {Failure} exit 78 if writing it again would damage it
     */
    text: waiting.text,

    /** The path of a staged file. */
    temporary: waiting.temporary,

    file,

    /**
     * Changes the text of a file that is not cook's: its owner and mode stay.
     */
    rewrite: (path: string, content: string): void => {
      const stat = host.look(path)
      const owner =
        host.privileged && stat ? stat : { uid: undefined, gid: undefined }
      file(path, content, stat?.mode ?? 0o644, owner)
    },

    dir: folders.set,

    /** Adds a function that rolls back a change that was made at once. */
    undo: (step: () => void): void => void undo.push(step),

    /** Leftovers of an interrupted run: removed after the commit. */
    clean: (paths: readonly string[]): void => void remains.push(...paths),

    /** A file that is removed at the end, because `revert` may need it. */
    drop: (path: string): void => void unwanted.push(path),

    /** A directory that is removed at the end, if it is empty then. */
    dropDir: (path: string): void => void unwantedDirs.push(path),

    /** Waits until all staged files are on the disk. */
    settle: waiting.settle,

    /**
     * Renames settled files to their places, in the order of staging.
     * @param early only these, which nothing reads before the rest is committed
     */
    commit: async (early?: ReadonlySet<string>): Promise<void> => {
      for (const each of waiting.due(early)) {
        const previous = host.keep(each.path)
        replaced.push({ path: each.path, previous })
        host.rename(each.temporary.path, each.path)
        waiting.place(each)
      }
      await folders.sync()
      if (early === undefined) {
        drop(remains.splice(0))
      }
    },

    /** The files whose content the commit has changed. */
    changed: (): string[] =>
      replaced.map(({ path }) => path).filter(waiting.isFresh),

    /**
     * Rolls back everything, committed or not.
     * @param error why
     * @throws {Failure} exit 73 if a change could not be rolled back
     */
    abandon: (error?: unknown): void =>
      takeBack(
        [
          // The last one first, because a file may have been replaced twice.
          ...replaced.toReversed().map(each => () => putBack(each)),
          ...waiting.discards(),
          ...undo.toReversed(),
        ],
        error,
      ),

    /**
     * Removes the previous files: nothing can be restored after this.
     * @returns what could not be removed, and why; the next run removes it
     */
    finish: (): string[] => {
      drop(replaced.splice(0).flatMap(({ previous }) => previous ?? []))
      drop(unwanted.splice(0))
      const empty = unwantedDirs
        .splice(0)
        .filter(path => host.list(path).length === 0)
      faults.push(...attempt(empty.map(path => () => host.removeDir(path))))
      return faults.splice(0)
    },

    /**
     * Restores those of the named files whose content the commit has changed.
     * New files stay (one may be a key), and so do the owner and mode of files
     * with the same content. Returns whether there was any.
     */
    revert: async (paths: readonly string[]): Promise<boolean> => {
      const named = new Set(paths)
      const old = replaced.filter(
        ({ path, previous }) =>
          previous !== undefined && named.has(path) && waiting.isFresh(path),
      )
      old.toReversed().forEach(putBack)
      old.forEach(each => replaced.splice(replaced.indexOf(each), 1))
      unwanted.splice(0, old.length > 0 ? Infinity : 0)
      unwantedDirs.splice(0, old.length > 0 ? Infinity : 0)
      await folders.sync()
      return old.length > 0
    },
  }
}
