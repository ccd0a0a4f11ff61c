import { mostCopied } from '../../../formats/yaml/merges.ts'
import { countPieces, mostPieces } from '../../../formats/yaml/read.ts'
import {
  aliasesIn,
  inWords,
  mostAliases,
  readOverlay,
  worded,
  type Overlay,
  type Reading,
} from './read-overlay.ts'
import { lostAlias, type Section } from '../../../formats/yaml/sections.ts'

export { readKeys, type Overlay } from './read-overlay.ts'

const known = new WeakMap<Overlay, Reading | string>()

// Each file is needed several times but parsed once.
const read = (overlay: Overlay): Reading | string => {
  const reading = known.get(overlay) ?? readOverlay(overlay.text)
  known.set(overlay, reading)
  return reading
}

interface Layer {
  name: string
  sections: Section[]
}

/** Each file with those of its keys that no later file replaces. */
const layers = (overlays: readonly Overlay[]): Layer[] => {
  const owners = ownersOf(overlays)
  return overlays.map(overlay => ({
    name: overlay.name,
    sections: sectionsOf(overlay).filter(
      ({ key }) => owners.get(key) === overlay,
    ),
  }))
}

const sectionsOf = (overlay: Overlay): Section[] => {
  const reading = read(overlay)
  return typeof reading === 'string' ? [] : reading.sections
}

/** All top-level keys, each with the file whose value counts. */
export const ownersOf = (
  overlays: readonly Overlay[],
): ReadonlyMap<string, Overlay> =>
  new Map(
    overlays.flatMap(overlay =>
      sectionsOf(overlay).map(({ key }) => [key, overlay] as const),
    ),
  )

interface OverlayFault {
  name: string
  fault: string
}

// Files that are valid alone share the names of their anchors in the result.
const anchorFaults = (layers: readonly Layer[]): OverlayFault[] => {
  const setBy = new Map<string, string>()
  return layers.flatMap(({ name, sections }) => {
    const lost = lostAlias(sections)
    const twice = sections
      .flatMap(({ anchors }) => anchors)
      .filter(each => each.startsWith('&'))
      .find(anchor => setBy.has(anchor) || !setBy.set(anchor, name))
    const faults = [
      ...(lost === undefined
        ? []
        : [`uses ${lost} of a key that a later file replaces`]),
      ...(twice === undefined
        ? []
        : [`sets ${twice}, which ${setBy.get(twice)} already sets`]),
    ]
    return faults.map(fault => ({ name, fault }))
  })
}

const together = (limit: number, what: string): string =>
  `cook reads at most ${inWords(limit)} ${what} of all files together`

/** The file that exceeds the limit of pieces. */
const excess = (overlays: readonly Overlay[]): OverlayFault | undefined => {
  // Counting takes time, and each piece has at least one character.
  if (overlays.reduce((sum, { text }) => sum + text.length, 0) <= mostPieces) {
    return undefined
  }
  let left = mostPieces
  for (const { name, text } of overlays) {
    const { count, excess: at } = countPieces(text, left)
    if (at !== undefined) {
      const fault = 'has too many lines and values'
      const hint = together(mostPieces, 'words, signs and line breaks')
      return { name, fault: worded(text, { at, fault, hint }) }
    }
    left -= count
  }
  return undefined
}

/** The file whose number, added to those before it, exceeds a limit. */
const exceeding = (
  overlays: readonly Overlay[],
  limit: number,
  fault: string,
  countOf: (reading: Reading) => number,
): OverlayFault[] => {
  let left = limit
  const found = overlays.find(overlay => {
    const reading = read(overlay)
    left -= typeof reading === 'string' ? 0 : countOf(reading)
    return left < 0
  })
  return found === undefined ? [] : [{ name: found.name, fault }]
}

// Each file alone may be within the limit of its own.
const sharedFaults = (overlays: readonly Overlay[]): OverlayFault[] => [
  ...exceeding(
    overlays,
    mostCopied,
    `merges too much: ${together(mostCopied, 'merged keys and values')}`,
    ({ copied }) => copied,
  ),
  ...exceeding(
    overlays,
    mostAliases,
    `uses too many aliases: ${together(mostAliases, 'aliases')}`,
    ({ sections }) => aliasesIn(sections).length,
  ),
]

/** The files that cannot be added to Synapse's configuration, and why. */
export const overlayFaults = (overlays: readonly Overlay[]): OverlayFault[] => {
  const first = excess(overlays)
  if (first !== undefined) {
    return [first]
  }
  const faults = overlays.flatMap(overlay => {
    const fault = read(overlay)
    return typeof fault === 'string' ? [{ name: overlay.name, fault }] : []
  })
  return faults.length > 0
    ? faults
    : [...sharedFaults(overlays), ...anchorFaults(layers(overlays))]
}

/**
 * Adds files without errors to a configuration: in their order, each top-level
 * key replaces the previous one, as Synapse does with a directory of files. The
 * text of each key is copied unchanged.
 */
export const layOver = (base: string, overlays: readonly Overlay[]): string => {
  const kept = layers(overlays).filter(({ sections }) => sections.length > 0)
  // Without a blank line between them, which could become part of a text.
  const parts = kept.map(({ name, sections }) => {
    const text = sections.map(section => section.text).join('')
    return `# From homeserver.d/${name}\n\n${text}`
  })
  const rest = withoutKeys(base, ownersOf(overlays))
  return parts.length === 0 ? rest : `${rest}\n${parts.join('')}`
}

// cook's own text has each top-level key at the start of a line, and nothing
// else there but comments and blank lines.
const withoutKeys = (
  base: string,
  owners: ReadonlyMap<string, Overlay>,
): string => {
  let from: string | undefined
  return base
    .split('\n')
    .flatMap(line => {
      const key = line.match(/^([a-z_]+):/)?.[1]
      if (key !== undefined || line === '' || line.startsWith('#')) {
        from = key === undefined ? undefined : owners.get(key)?.name
        return from === undefined
          ? [line]
          : [`# ${key}: see homeserver.d/${from} below`]
      }
      return from === undefined ? [line] : []
    })
    .join('\n')
}
