// The programs of Synapse, as they are installed.

import { askForPackages } from '../../image.ts'
import { exit, Failure } from '../../../../contract/failure.ts'
import { isOlder, packages, versionIn } from '../../installed.ts'
import { look, type Look, type Note } from '../../../../engine/doctor/look.ts'
import type { OverlaysOf } from './overlays.ts'
import { paths } from '../../../../contract/paths.ts'
import { pythonOf } from '../../python.ts'

/**
 * Synapse's security releases, the newest last, by CHANGES.md of Synapse
 * 1.163.2: https://github.com/element-hq/synapse/blob/v1.163.2/CHANGES.md
 */
export const securityReleases = [
  { version: '1.135.2', date: '2025-08-11' },
  { version: '1.139.1', date: '2025-10-07' },
  { version: '1.152.1', date: '2026-05-07' },
  { version: '1.157.2', date: '2026-07-28' },
] as const

/** Which Python and which Synapse are installed. */
export const programsLook: Look = look(
  ['python-missing', 'synapse-insecure'],
  async ({ host }) => {
    const python = pythonOf(host)
    const stat = python === undefined ? undefined : host.lookThrough(python)
    const isThere = stat?.type === 'file' && (stat.mode & 0o111) !== 0
    const what =
      python === undefined
        ? 'names no Python'
        : `names ${python}, which is ${stat ? 'no program' : 'not there'}`
    const version = versionIn(packages(host))
    const missed = securityReleases.filter(
      each => version !== undefined && isOlder(version, each.version),
    )
    const last = missed.at(-1)
    return [
      ...(isThere
        ? []
        : [
            {
              finding: 'python-missing',
              says: `${paths.synapseScript} ${what}`,
            } as const,
          ]),
      ...(last === undefined
        ? []
        : [
            {
              finding: 'synapse-insecure',
              says:
                `Synapse ${version} is installed, but ${last.version} of ` +
                `${last.date} is a security release`,
            } as const,
          ]),
    ]
  },
)

// In seconds, for a run that somebody waits for.
const patience = 3

/** What the daily run found missing. */
const wasWrong = (note: Note | undefined): boolean =>
  Array.isArray(note?.value) && note.value.length > 0

/**
 * Whether Python has what Synapse needs, which Synapse itself has looked at when
 * it started. Python takes seconds for the answer, so only the daily run asks
 * for it, and later runs if that found something, because it may be fixed now.
 */
export const packagesLook = (overlays: OverlaysOf): Look =>
  look(['packages-missing'], async ({ host, daily, once }) => {
    const key = 'packages'
    const python = pythonOf(host)
    if (
      !(daily.isNow || wasWrong(daily.noted(key))) ||
      python === undefined ||
      host.lookThrough(python) === undefined
    ) {
      return []
    }
    // Only the module of the database that is used.
    const isOther = (await once(overlays))?.replace('database')
    const modules = isOther ? [] : ['sqlite3']
    const seconds = daily.isNow ? undefined : patience
    const found = await askForPackages(host, modules, seconds)
    if ('why' in found) {
      throw new Failure(exit.unavailable, found.why)
    }
    daily.note(key, found.faults)
    return found.faults.map(says => ({ finding: 'packages-missing', says }))
  })
