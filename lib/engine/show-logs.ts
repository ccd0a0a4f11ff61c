import type { Host } from '../host/host.ts'
import type { Log } from '../host/log/log.ts'
import type { Seen } from '../host/lines.ts'
import type { Tail } from '../host/tail.ts'
import type { ServiceStep } from './steps/step.ts'

/** How often, in milliseconds. */
const usual = 200

/** Shows the log of one service, and counts what it does not show. */
const follow = (
  { name, log: path }: ServiceStep,
  tail: Tail,
  { relay, warning }: Log,
) => {
  let missed = 0

  const notice = (unread = 0): string =>
    `lines of the log of ${name} not shown: ${missed}` +
    `${unread > 0 ? `, and ${unread} bytes not read` : ''}: they came faster ` +
    `than they could be printed: see ${path}`

  const show = ({ lines, dropped }: Seen): void => {
    if (missed > 0 && relay(`warning: ${notice()}`, name, 'warning')) {
      missed = 0
    }
    for (const line of lines) {
      missed += relay(line, name) ? 0 : 1
    }
    missed += dropped
  }

  return {
    more: (): void => show(tail.lines()),
    end: (): void => {
      const seen = tail.end()
      show(seen)
      if (missed + seen.unread > 0) {
        warning(notice(seen.unread))
      }
    },
  }
}

/**
 * Shows what services write to their logs from now on. The services write to
 * files, so they never wait for the reader of the output. If that reader is too
 * slow, lines are dropped, and their number is shown.
 * @returns a function that shows the rest and stops
 */
export const showLogs = (
  services: readonly ServiceStep[],
  host: Host,
  log: Log,
  interval = usual,
): (() => void) => {
  const logs = services
    .filter(({ shown }) => shown)
    .map(step => follow(step, host.follow(step.log), log))
  const timer = setInterval(() => logs.forEach(({ more }) => more()), interval)
  return () => {
    clearInterval(timer)
    logs.forEach(({ end }) => end())
  }
}
