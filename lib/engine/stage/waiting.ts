import { allDone } from '../../contract/failure.ts'
import type { Host } from '../../host/host.ts'
import type { Owner, Temporary } from '../../host/write.ts'

/** A file under its temporary name. */
export interface Waiting {
  path: string
  temporary: Temporary
}

/** The files of a stage under their temporary names. */
export const waitingOf = (host: Host) => {
  const all: Waiting[] = []
  const texts = new Map<string, string>()
  const fresh = new Set<string>()
  const settled = new Set<Waiting>()
  const placed = new Set<Waiting>()

  // A file that several steps change is renamed once: between two renames it would
  // have what one of them wants, and not what the next one does.
  const supersede = (path: string): void => {
    const at = all.findIndex(each => each.path === path && !placed.has(each))
    if (at >= 0) {
      all.splice(at, 1).forEach(({ temporary }) => temporary.discard())
      if (!all.some(each => each.path === path)) {
        fresh.delete(path)
      }
    }
  }

  return {
    add: (path: string, content: string, mode: number, owner: Owner): void => {
      const before = host.look(path)
      const same = before?.type === 'file' && host.text(path) === content
      // If only owner or mode differ, its content is as old as before.
      const time = same ? before.mtimeMs : undefined
      const temporary = host.writeTemporary(path, content, mode, owner, time)
      supersede(path)
      all.push({ path, temporary })
      same || fresh.add(path)
      texts.set(path, content)
    },

    /** The staged text of a file, or its present one. */
    text: (path: string): string | undefined =>
      texts.get(path) ?? host.exactText(path),

    /** The path of the staged file. */
    temporary: (path: string): string | undefined =>
      all.findLast(each => each.path === path)?.temporary.path,

    /** Whether the content of the file will change. */
    isFresh: (path: string): boolean => fresh.has(path),

    /** Waits until all are on the disk. */
    settle: async (): Promise<void> => {
      const due = all.filter(each => !settled.has(each))
      due.forEach(each => settled.add(each))
      // All of them are awaited: none may still write when the stage is
      // abandoned.
      await allDone(due.map(({ temporary }) => temporary.settle()))
    },

    /** The files that are not renamed yet, in the order of staging. */
    due: (among?: ReadonlySet<string>): Waiting[] =>
      all
        .filter(each => !placed.has(each))
        .filter(({ path }) => among?.has(path) ?? true),

    /** Notes that a file was renamed. */
    place: (each: Waiting): void => void placed.add(each),

    /** The functions that discard all of them. */
    discards: (): (() => void)[] =>
      all.map(
        ({ temporary }) =>
          () =>
            temporary.discard(),
      ),
  }
}
