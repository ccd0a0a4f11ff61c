import { exit, Failure } from '../../contract/failure.ts'
import { paths } from '../../contract/paths.ts'
import type { Host } from '../../host/host.ts'
import type { Report } from '../../contract/report.ts'

const isThere = (host: Host): boolean =>
  host.look(paths.caddyScript) !== undefined &&
  host.look(paths.caddy) !== undefined

/** The failure of a live system without Caddy. */
export const missingCaddy = (host: Host): Failure | undefined =>
  host.live && !isThere(host)
    ? new Failure(
        exit.unavailable,
        'Caddy is not installed, and EDGE=yes needs it: install its package ' +
          '(caddy)',
      )
    : undefined

/** What a jail image lacks for the edge. */
export const lacksOfEdge = (host: Host): string[] =>
  isThere(host) ? [] : ['Caddy: install the package caddy']

/** Older rc scripts call an adapter for each file, and there is none for JSON. */
export const judgeScript = (host: Host, report: Report): void => {
  const text = host.text(paths.caddyScript)
  if (text !== undefined && !/\bjson\b/i.test(text)) {
    const message =
      'is too old: it cannot start Caddy with a configuration in JSON: ' +
      'upgrade the package caddy'
    report.error(paths.caddyScript, undefined, message)
  }
}

/** Whether Caddy itself finds out who a client behind proxies is. */
export const isModern = async (host: Host): Promise<boolean> => {
  if (!host.live) {
    return true
  }
  const ran = await host
    .run(paths.caddy, ['version'], 10)
    .catch(() => undefined)
  const [, major = '2', minor = '8'] =
    ran?.stdout.match(/^v?(\d+)\.(\d+)\./) ?? []
  return Number(major) > 2 || Number(minor) >= 8
}
