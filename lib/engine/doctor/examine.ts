import { errorMessage, Failure } from '../../contract/failure.ts'
import type { FindingName } from '../../contract/findings/findings.ts'
import type { Host } from '../../host/host.ts'
import type { Daily, Look, Seen, Sight, Unseen, Wrong } from './look.ts'

/** What all looks have seen. */
export interface Examined {
  wrong: Wrong[]
  unseen: Unseen[]
  /** What was looked at and is as it should be. */
  right: FindingName[]
  /** Errors of cook itself. */
  defects: unknown[]
}

// In milliseconds. The whole command takes at most 5 s.
const limit = 4000

/** Nothing was noted, and nothing will be. */
const never: Daily = {
  isNow: false,
  note: () => undefined,
  noted: () => undefined,
}

const unseenAll = ({ finds }: Look, why: string): Unseen => ({
  ...{ unseen: finds, why },
  elsewhere: 'cook doctor',
})

const sharing = (): (<T>(
  key: object,
  make: () => Promise<T>,
) => Promise<T>) => {
  const made = new Map<object, Promise<unknown>>()
  return <T>(key: object, make: () => Promise<T>) => {
    const found = made.get(key) ?? make()
    made.set(key, found)
    return found as Promise<T>
  }
}

const rejection = (signal: AbortSignal): Promise<never> => {
  const over = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason)),
  )
  // Nobody may be waiting.
  over.catch(() => undefined)
  return over
}

/**
 * Runs all looks side by side.
 * @param patience in milliseconds; what is not seen by then is unseen
 */
export const examine = async (
  looks: readonly Look[],
  at: { host: Host; now: () => Date; daily?: Daily },
  patience = limit,
): Promise<Examined> => {
  const end = new AbortController()
  const late = new Failure(69, `was not seen within ${patience / 1000} s`)
  const timer = setTimeout(() => end.abort(late), patience)
  const over = rejection(end.signal)
  const share = sharing()
  const sight: Sight = {
    ...{ daily: never, ...at },
    signal: end.signal,
    once: make => share(make, () => make(sight)),
  }
  const defects: unknown[] = []
  const seen = async (look: Look): Promise<readonly Seen[]> => {
    try {
      return await Promise.race([look.see(sight), over])
    } catch (error) {
      if (!(error instanceof Failure)) {
        defects.push(error)
      }
      return [unseenAll(look, errorMessage(error))]
    }
  }
  const all = await Promise.all(
    looks.map(async look => ({ look, seen: await seen(look) })),
  )
  clearTimeout(timer)
  end.abort(late)
  const wrong = all.flatMap(each => each.seen.filter(one => 'finding' in one))
  const unseen = all.flatMap(each => each.seen.filter(one => 'unseen' in one))
  const hidden = all.flatMap(each => each.seen.filter(one => 'hidden' in one))
  const named = new Set<FindingName>([
    ...wrong.map(({ finding }) => finding),
    ...unseen.flatMap(each => each.unseen),
    ...hidden.flatMap(each => each.hidden),
  ])
  const finds = all.flatMap(({ look }) => look.finds)
  const right = [...new Set(finds)].filter(name => !named.has(name))
  return { wrong, unseen, right, defects }
}
