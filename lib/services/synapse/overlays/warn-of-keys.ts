import { nearest } from '../../../params/nearest.ts'
import type { Params } from '../../../params/params.ts'
import { listed, show, type Report } from '../../../contract/report.ts'
import { paths } from '../../../contract/paths.ts'
import type { Overlay } from './read-overlay.ts'
import { replacedBy } from './replaced.ts'
import { newestSynapse, synapseKeys } from './synapse-keys.ts'

// A file for another program has many unknown keys.
const most = 5

// As in Compose files: a place for anchors.
const isExtension = (key: string): boolean => key.startsWith('x-')

// `Enable-Registration` differs from the key in nothing but its spelling. A
// distance takes time, so a long text is not compared.
const meant = (key: string): string | undefined =>
  key.length > 60
    ? undefined
    : nearest(key.toLowerCase().replaceAll(/[- .]/g, '_'), [...synapseKeys], 2)

const unknownMessage = (key: string): string => {
  const near = meant(key)
  return near === undefined
    ? `${show(key)} is not a key of Synapse up to ${newestSynapse}`
    : `${show(key)} is not a key of Synapse: did you mean ${near}?`
}

const pathOf = ({ name }: Overlay): string => `${paths.overlayDir}/${name}`

const warnOfUnknown = (
  overlay: Overlay,
  keys: readonly string[],
  report: Report,
): void => {
  const unknown = keys.filter(key => !synapseKeys.has(key) && !isExtension(key))
  for (const key of unknown.slice(0, most)) {
    report.warning(pathOf(overlay), undefined, unknownMessage(key))
  }
  if (unknown.length > most) {
    const message = `has ${unknown.length - most} more unknown keys`
    report.warning(pathOf(overlay), undefined, message)
  }
}

/**
 * Warns of keys that Synapse does not know, and of parameters that have no
 * effect because a key replaces that of cook's.
 * @param owners all top-level keys, each with the file whose value counts
 */
export const warnOfKeys = (
  owners: ReadonlyMap<string, Overlay>,
  right: Partial<Params>,
  report: Report,
): void => {
  const keysOf = Map.groupBy(owners.keys(), key => owners.get(key)!)
  for (const [overlay, keys] of keysOf) {
    warnOfUnknown(overlay, keys, report)
    for (const key of keys) {
      const names = replacedBy(key, right)
      if (names.length > 0) {
        const have = names.length === 1 ? 'has' : 'have'
        const message = `sets ${key}, so ${listed(names)} ${have} no effect on it`
        report.warning(pathOf(overlay), undefined, message)
      }
    }
  }
}
