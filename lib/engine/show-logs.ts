import type { Host } from '../host/host.ts'
import type { Log } from '../host/log/log.ts'
import type { ServiceStep } from './steps/step.ts'

/** How often, in milliseconds. */
const usual = 200

/**
 * Shows what services write to their logs from now on. The services write to
 * files, so they never wait for the reader of the output.
 * @returns a function that shows the rest and stops
 */
export const showLogs = (
  services: readonly ServiceStep[],
  host: Host,
  log: Log,
  interval = usual,
): (() => void) => {
  const tails = services
    .filter(({ shown }) => shown)
    .map(({ name, log: path }) => ({ name, tail: host.follow(path) }))
  const show = (part: 'lines' | 'end') => () => {
    for (const { name, tail } of tails) {
      tail[part]().forEach(line => log.relay(line, name))
    }
  }
  const timer = setInterval(show('lines'), interval)
  return () => {
    clearInterval(timer)
    show('end')()
  }
}
