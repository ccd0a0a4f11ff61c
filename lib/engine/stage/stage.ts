import type { Host } from '../../host/host.ts'
import type { Owner } from '../../host/write.ts'
import { foldersOf } from './folders.ts'
import { attempt, takeBack } from './undoing.ts'
import { waitingOf } from './waiting.ts'

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
  const undo: (() => void)[] = []
  const folders = foldersOf(host, step => void undo.push(step))
  const waiting = waitingOf(host)
  const replaced: Replaced[] = []
  const unwanted: string[] = []
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

  // A second name that stays does no harm, and the next run finds it.
  const faults: string[] = []
  const drop = (paths: readonly string[]): void => {
    faults.push(...attempt(paths.map(path => () => host.remove(path))))
  }

  return {
    /**
     * The text that a file has, or will have, to be written anew.
     * @throws {Failure} exit 78 when that would damage it
     */
    text: waiting.text,

    /** Where a staged file waits. */
    temporary: waiting.temporary,

    file,

    /** A file that is not cook's, with another text: its owner and mode stay. */
    rewrite: (path: string, content: string): void => {
      const stat = host.look(path)
      const owner =
        host.privileged && stat ? stat : { uid: undefined, gid: undefined }
      file(path, content, stat?.mode ?? 0o644, owner)
    },

    dir: folders.set,

    /** What takes back a change that was made at once. */
    undo: (step: () => void): void => void undo.push(step),

    /** Has remains of an interrupted run removed, once the commit is made. */
    clean: (paths: readonly string[]): void => void remains.push(...paths),

    /** A file that goes when the commit is for good: `revert` may need it. */
    drop: (path: string): void => void unwanted.push(path),

    /** Waits until all staged files are on the disk. */
    settle: waiting.settle,

    /**
     * Puts settled files in their places, in the order of staging.
     * @param early these alone, of which nothing takes notice before the rest
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

    /** The files that have another content since the commit. */
    changed: (): string[] =>
      replaced.map(({ path }) => path).filter(waiting.isFresh),

    /**
     * Takes back everything, committed or not.
     * @param error why
     * @throws {Failure} exit 73 when something could not be taken back
     */
    abandon: (error?: unknown): void =>
      takeBack(
        [
          // The last one first: a file may have been replaced twice.
          ...replaced.toReversed().map(each => () => putBack(each)),
          ...waiting.discards(),
          ...undo.toReversed(),
        ],
        error,
      ),

    /**
     * Drops the previous versions: the commit is for good.
     * @returns what could not be removed, and why; the next run will
     */
    finish: (): string[] => {
      drop(replaced.splice(0).flatMap(({ previous }) => previous ?? []))
      drop(unwanted.splice(0))
      return faults.splice(0)
    },

    /**
     * Puts back those of the named files that had another content before the
     * commit. What is new, a key perhaps, stays, and so do owner and mode of
     * what has no other content. Says whether there was any.
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
      await folders.sync()
      return old.length > 0
    },
  }
}
