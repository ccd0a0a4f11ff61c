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
  const replaced: Replaced[] = []
  const undo: (() => void)[] = []

  const makeParents = (path: string): void => {
    const parent = dirname(path)
    if (host.look(parent) === undefined) {
      // For everybody at once: no step would open it after a kill.
      makeDir(parent, 0o755)
    }
  }

  const makeDir = (path: string, mode: number): void => {
    makeParents(path)
    host.makeDir(path, mode)
    undo.push(() => host.removeDir(path))
  }

  const syncDirs = (): void => {
    const dirs = new Set(staged.map(({ path }) => dirname(path)))
    for (const dir of dirs) {
      host.syncDir(dir)
    }
  }

  const putBack = ({ path, previous }: Replaced): void =>
    previous === undefined ? host.remove(path) : host.restore(previous, path)

  const abandon = (): void => {
    const faults = attempt([
      ...replaced.map(each => () => putBack(each)),
      ...staged.map(each => () => each.temporary.discard()),
      ...undo.toReversed(),
    ])
    if (faults.length > 0) {
      const message = `could not take back: ${faults.join('; ')}`
      throw new Failure(exit.cantCreate, message)
    }
  }

  return {
    /** The text that a file has, or will have. */
    text: (path: string): string | undefined =>
      texts.get(path) ?? host.text(path),

    /** Where a staged file waits. */
    temporary: (path: string): string | undefined =>
      staged.findLast(each => each.path === path)?.temporary.path,

    /** Removes what interrupted runs left beside a file. */
    clean: (path: string): void =>
      host
        .leftovers(path)
        .filter(each => staged.every(({ temporary }) => temporary.path !== each))
        .forEach(host.remove),

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
        makeDir(path, 0o700)
      } else {
        undo.push(() => host.setDir(path, before.mode, before))
      }
      host.setDir(path, mode, owner)
    },

    /** What takes back a change that was made at once. */
    undo: (step: () => void): void => void undo.push(step),

    /** Waits until all staged files are on the disk. */
    settle: async (): Promise<void> => {
      // Of none that is still being written may the file be taken back.
      const ends = await Promise.allSettled(
        staged.map(({ temporary }) => temporary.settle()),
      )
      const failed = ends.find(each => each.status === 'rejected')
      if (failed !== undefined) {
        throw failed.reason
      }
    },

    /** Puts all settled files in their places, in the order of staging. */
    commit: (): void => {
      for (const { path, temporary } of staged) {
        const previous = host.keep(path)
        replaced.push({ path, previous })
        host.rename(temporary.path, path)
      }
      syncDirs()
    },

    /** Takes back everything, committed or not. */
    abandon,

    /**
     * Drops the previous versions: the commit is for good. What cannot be
     * dropped is given back, in words: the next run does it.
     */
    finish: (): string[] => {
      const old = replaced.splice(0)
      return attempt(
        old.flatMap(({ previous }) =>
          previous === undefined ? [] : [() => host.remove(previous)],
        ),
      )
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
      syncDirs()
      return old.length > 0
    },
  }
}
