import { allDone } from '../../contract/failure.ts'
import type { Host } from '../../host/host.ts'
import type { Owner, Temporary } from '../../host/write.ts'

/** A file that waits beside its place. */
export interface Waiting {
  path: string
  temporary: Temporary
}

/** The files of a stage that wait beside their places. */
export const waitingOf = (host: Host) => {
  const all: Waiting[] = []
  const texts = new Map<string, string>()
  const fresh = new Set<string>()
  const settled = new Set<Waiting>()
  const placed = new Set<Waiting>()

  return {
    add: (path: string, content: string, mode: number, owner: Owner): void => {
      const before = host.look(path)
      const same = before?.type === 'file' && host.text(path) === content
      // Where only owner or mode differ, who reads the file need not be
      // started again: it keeps its time.
      const time = same ? before.mtimeMs : undefined
      const temporary = host.writeTemporary(path, content, mode, owner, time)
      all.push({ path, temporary })
      same || fresh.add(path)
      texts.set(path, content)
    },

    /** The text that a file is to have, or has. */
    text: (path: string): string | undefined =>
      texts.get(path) ?? host.exactText(path),

    /** Where the file waits. */
    temporary: (path: string): string | undefined =>
      all.findLast(each => each.path === path)?.temporary.path,

    /** Whether the file is to have another content than it had. */
    isFresh: (path: string): boolean => fresh.has(path),

    /** Waits until all are on the disk. */
    settle: async (): Promise<void> => {
      const due = all.filter(each => !settled.has(each))
      due.forEach(each => settled.add(each))
      // All of them: one that is given up may not be at work still.
      await allDone(due.map(({ temporary }) => temporary.settle()))
    },

    /** Those that are not in their places, in the order of staging. */
    due: (among?: ReadonlySet<string>): Waiting[] =>
      all
        .filter(each => !placed.has(each))
        .filter(({ path }) => among?.has(path) ?? true),

    /** Says that one is in its place. */
    place: (each: Waiting): void => void placed.add(each),

    /** What gives all of them up. */
    discards: (): (() => void)[] =>
      all.map(
        ({ temporary }) =>
          () =>
            temporary.discard(),
      ),
  }
}
