// What the authority has answered, from Caddy's log: a failing one makes no run
// fail, since Caddy tries again by itself and serves what it has.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from '../../host/host.ts'
import { paths } from '../../contract/paths.ts'
import { plain } from '../../contract/report.ts'

/** What is known about the certificate of one host. */
interface State {
  /** What went wrong last, unless it has come since. */
  error?: string
  /** Whether Caddy asks for it, and no answer has come yet. */
  isAsked?: true
  /** Whether there is one already. */
  isRenewal?: true
}

const field = (fields: unknown, name: string): string | undefined => {
  const value =
    typeof fields === 'object' && fields !== null && name in fields
      ? (fields as Record<string, unknown>)[name]
      : undefined
  return typeof value === 'string' ? value : undefined
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** time, level, logger, message, fields (Caddy's console encoder). */
const parts = (line: string) => {
  const [, , logger = '', message = '', fields = ''] = line.split('\t')
  return { logger, message, fields: parsed(fields) }
}

/** The last state of each host that is named in Caddy's log. */
export const statesIn = (log: string): ReadonlyMap<string, State> => {
  const states = new Map<string, State>()
  for (const line of log.split('\n')) {
    const { logger, message, fields } = parts(line)
    const host = field(fields, 'identifier')
    if (host === undefined || !/^tls\.(obtain|renew)$/.test(logger)) {
      continue
    }
    const { isAsked: _, ...before } = states.get(host) ?? {}
    const isRenewal = logger === 'tls.renew' && { isRenewal: true as const }
    if (message === 'acquiring lock') {
      states.set(host, { ...before, ...isRenewal, isAsked: true })
    } else if (message === 'could not get certificate from issuer') {
      const error = field(fields, 'error') ?? ''
      states.set(host, { ...before, ...isRenewal, error })
    } else if (/^certificate (obtained|renewed) successfully$/.test(message)) {
      states.set(host, {})
    }
  }
  return states
}

/** The hosts whose certificates Caddy gets, by its configuration. */
const managed = (host: Host): readonly string[] => {
  const found = parsed(host.text(paths.caddyConfig) ?? '') as
    | { apps?: { tls?: { certificates?: { automate?: string[] } } } }
    | undefined
  return found?.apps?.tls?.certificates?.automate ?? []
}

// In characters. An authority may say much.
const longest = 500

const warning = (host: string, { error, isRenewal }: State): string[] =>
  error === undefined
    ? []
    : [
        `the certificate of ${host} ` +
          `${isRenewal ? 'is not renewed' : 'has not come'} yet; Caddy tries ` +
          `again: ${plain(error.slice(0, longest))}`,
      ]

// In milliseconds.
const interval = 100

/**
 * What the authority refuses, in its own words.
 * @param patience how long to wait for a first answer, in milliseconds
 */
export const noticesOfAuthority = async (
  host: Host,
  patience: number,
): Promise<readonly string[]> => {
  const names = managed(host)
  if (names.length === 0) {
    return []
  }
  const until = performance.now() + patience
  for (;;) {
    const all = statesIn(host.textFrom(paths.caddyLog, 0))
    const states = names.map(name => [name, all.get(name) ?? {}] as const)
    const isOver = performance.now() >= until
    if (isOver || states.every(([, { isAsked }]) => !isAsked)) {
      return states.flatMap(([name, state]) => warning(name, state))
    }
    await sleep(interval)
  }
}
