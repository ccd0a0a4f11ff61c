import { trouble } from './trouble.ts'

/** A time limit, and the message if it is exceeded. */
export interface Time {
  signal: AbortSignal
  /** Rejects when the limit is exceeded. */
  over: Promise<never>
  /** Sets the message from now on; the hint follows the time. */
  waitingFor: (what: string, hint?: string) => void
  end: () => void
}

/**
 * Starts a time limit.
 * @param limit in milliseconds
 * @param ending ends it early
 */
export const startTime = (limit: number, ending: AbortSignal): Time => {
  const controller = new AbortController()
  const { signal } = controller
  let [awaited, hint] = ['', '']
  const timer = setTimeout(() => {
    controller.abort(trouble(`${awaited} within ${limit / 1000} s${hint}`))
  }, limit)
  const end = (): void => {
    clearTimeout(timer)
    ending.removeEventListener('abort', end)
    controller.abort(trouble('was not waited for'))
  }
  ending.addEventListener('abort', end)
  const over = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason)),
  )
  // Nobody handles this rejection after `end`.
  over.catch(() => undefined)
  return {
    signal,
    over,
    waitingFor: (what, more = '') => {
      awaited = what
      hint = more
    },
    end,
  }
}
