import { dirname } from 'node:path'
import { allDone, errorMessage, exit, Failure } from '../contract/failure.ts'
import type { Host } from '../host/host.ts'
import type { Owner, Temporary } from '../host/write.ts'

interface Staged {
  path: string
  temporary: Temporary
}

interface Replaced {
  path: string
  /** The second name of the file as it was; nothing if there was none. */
  previous: string | undefined
}

/** Takes all steps, whatever becomes of each. @returns what went wrong */
const attempt = (steps: readonly (() => void)[]): string[] =>
  steps.flatMap(step => {
    try {
      step()
      return []
    } catch (error) {
      return [errorMessage(error)]
    }
  })

/**
 * Changes that take effect together. Files are written beside their places
 * and renamed only when all of them are on the disk; whatever fails before,
 * `abandon` takes back everything, and after it `revert` puts back what was.
 */
export type Stage = ReturnType<typeof newStage>

export const newStage = (host: Host) => {
  const staged: Staged[] = []
  const texts = new Map<string, string>()
  const fresh = new Set<string>()
  const settled = new Set<Staged>()
  const placed = new Set<Staged>()
  const replaced: Replaced[] = []
  const unwanted: string[] = []
  const undo: (() => void)[] = []
  const remains: string[] = []
  // Folders in which names come or go.
  const touched = new Set<string>()

  // Nobody mends a folder that is only on the way, so it has its final mode
  // from the first moment.
  const makeParents = (path: string): void => {
    const parent = dirname(path)
    if (host.look(parent) === undefined) {
      makeDir(parent, 0o755)
    }
  }

  const makeDir = (path: string, mode: number): void => {
    makeParents(path)
    host.makeDir(path, mode)
    undo.push(() => host.removeDir(path))
    touched.add(dirname(path))
  }

  const file = (
    path: string,
    content: string,
    mode: number,
    owner: Owner,
  ): void => {
    makeParents(path)
    const before = host.look(path)
    const same = before?.type === 'file' && host.text(path) === content
    // Where only owner or mode differ, who reads the file need not be
    // started again: it keeps its time.
    const time = same ? before.mtimeMs : undefined
    const temporary = host.writeTemporary(path, content, mode, owner, time)
    staged.push({ path, temporary })
    same || fresh.add(path)
    texts.set(path, content)
    touched.add(dirname(path))
  }

  const syncDirs = (): Promise<void> => host.syncDirs([...touched])

  const putBack = ({ path, previous }: Replaced): void =>
    previous === undefined ? host.remove(path) : host.restore(previous, path)

  // A second name that stays does no harm, and the next run finds it.
  const faults: string[] = []
  const drop = (paths: readonly string[]): void => {
    faults.push(...attempt(paths.map(path => () => host.remove(path))))
  }

  const abandon = (error?: unknown): void => {
    const failed = attempt([
      // The last one first: a file may have been replaced twice.
      ...replaced.toReversed().map(each => () => putBack(each)),
      ...staged.map(each => () => each.temporary.discard()),
      ...undo.toReversed(),
    ])
    if (failed.length > 0) {
      const what = `could not take back: ${failed.join('; ')}`
      const why = error === undefined ? '' : `${errorMessage(error)}; `
      throw new Failure(exit.cantCreate, why + what, { cause: error })
    }
  }

  return {
    /**
     * The text that a file has, or will have, to be written anew.
     * @throws {Failure} exit 78 when that would damage it
     */
    text: (path: string): string | undefined =>
      texts.get(path) ?? host.exactText(path),

    /** Where a staged file waits. */
    temporary: (path: string): string | undefined =>
      staged.findLast(each => each.path === path)?.temporary.path,

    file,

    /** A file that is not cook's, with another text: its owner and mode stay. */
    rewrite: (path: string, content: string): void => {
      const stat = host.look(path)
      const owner =
        host.privileged && stat ? stat : { uid: undefined, gid: undefined }
      file(path, content, stat?.mode ?? 0o644, owner)
    },

    dir: (path: string, mode: number, owner: Owner): void => {
      const before = host.look(path)
      if (before === undefined) {
        makeDir(path, 0o700)
      } else {
        undo.push(() => host.setDir(path, before.mode, before))
      }
      host.setDir(path, mode, owner)
    },

    /** What takes back a change that was made at once. */
    undo: (step: () => void): void => void undo.push(step),

    /** Has remains of an interrupted run removed, once the commit is made. */
    clean: (paths: readonly string[]): void => void remains.push(...paths),

    /** A file that goes when the commit is for good: `revert` may need it. */
    drop: (path: string): void => void unwanted.push(path),

    /** Waits until all staged files are on the disk. */
    settle: async (): Promise<void> => {
      const due = staged.filter(each => !settled.has(each))
      due.forEach(each => settled.add(each))
      // All of them: one that is given up may not be at work still.
      await allDone(due.map(({ temporary }) => temporary.settle()))
    },

    /**
     * Puts settled files in their places, in the order of staging.
     * @param early these alone, of which nothing takes notice before the rest
     */
    commit: async (early?: ReadonlySet<string>): Promise<void> => {
      const due = staged
        .filter(each => !placed.has(each))
        .filter(({ path }) => early?.has(path) ?? true)
      for (const each of due) {
        const previous = host.keep(each.path)
        replaced.push({ path: each.path, previous })
        host.rename(each.temporary.path, each.path)
        placed.add(each)
      }
      await syncDirs()
      if (early === undefined) {
        drop(remains.splice(0))
      }
    },

    /** The files that have another content since the commit. */
    changed: (): string[] =>
      replaced.map(({ path }) => path).filter(path => fresh.has(path)),

    /**
     * Takes back everything, committed or not.
     * @param error why
     * @throws {Failure} exit 73 when something could not be taken back
     */
    abandon,

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
          previous !== undefined && named.has(path) && fresh.has(path),
      )
      old.toReversed().forEach(putBack)
      old.forEach(each => replaced.splice(replaced.indexOf(each), 1))
      unwanted.splice(0, old.length > 0 ? Infinity : 0)
      await syncDirs()
      return old.length > 0
    },
  }
}
