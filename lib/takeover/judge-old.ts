import { normalize } from 'node:path'
import type { Host } from '../host/host.ts'
import type { OldHomeserver } from './old-homeserver.ts'
import { paths } from '../contract/paths.ts'
import type { Overlays } from '../services/synapse/overlays/recall-overlays.ts'
import { show, type Report } from '../contract/report.ts'

/** Reports another server name: that would be another server. */
export const judgeName = (
  { serverName }: OldHomeserver,
  name: string,
  report: Report,
): void => {
  if (serverName !== undefined && serverName !== name) {
    const message =
      `${paths.homeserver} is that of ${show(serverName)}, and a server ` +
      'cannot change its name: use that one, or move the file away to start over'
    report.error('DOMAIN', undefined, message)
  }
}

/** Reports a database or media that are not where cook has them. */
export const judgePlaces = (
  host: Host,
  { engine, database, mediaDir }: OldHomeserver,
  overlays: Overlays | undefined,
  report: Report,
): void => {
  const own = `or keep it there with local overrides (${paths.overlayDir})`
  const judge = (key: string, at: string | undefined, place: string): void => {
    if (
      at?.startsWith('/') &&
      normalize(at) !== place &&
      host.look(at) !== undefined &&
      !overlays?.replace(key)
    ) {
      const message =
        `has its ${key} in ${show(at)}: stop Synapse and move that to ` +
        `${place}, ${own}`
      report.error(paths.homeserver, undefined, message)
    }
  }
  judge('media_store_path', mediaDir, paths.mediaDir)
  if ((engine ?? 'sqlite3') === 'sqlite3') {
    judge('database', database, paths.database)
  } else if (!overlays?.replace('database')) {
    const message =
      `has its database in ${show(engine ?? '')}: keep it there with local ` +
      `overrides (${paths.overlayDir})`
    report.error(paths.homeserver, undefined, message)
  }
}
