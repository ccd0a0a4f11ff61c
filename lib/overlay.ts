import { readOverlay, type Overlay } from './read-overlay.ts'
import { lostAlias, type Section } from './yaml-sections.ts'

export { readKeys, type Overlay } from './read-overlay.ts'

interface Layer {
  name: string
  sections: Section[]
}

/** Each file with those of its keys that no later file replaces. */
const layers = (overlays: readonly Overlay[]): Layer[] => {
  const all = overlays.map(({ name, text }) => {
    const sections = readOverlay(text)
    return { name, sections: typeof sections === 'string' ? [] : sections }
  })
  const owner = ownerOf(all)
  return all.map(({ name, sections }) => ({
    name,
    sections: sections.filter(({ key }) => owner.get(key) === name),
  }))
}

const ownerOf = (layers: readonly Layer[]): Map<string, string> =>
  new Map(
    layers.flatMap(({ name, sections }) =>
      sections.map(({ key }) => [key, name] as const),
    ),
  )

interface OverlayFault {
  name: string
  fault: string
}

// Files that are right one by one share the names of their anchors when they
// become one.
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
        : [`sets ${twice}, which ${setBy.get(twice)} set before`]),
    ]
    return faults.map(fault => ({ name, fault }))
  })
}

/** The files that cannot be laid over Synapse's configuration, and why. */
export const overlayFaults = (overlays: readonly Overlay[]): OverlayFault[] => {
  const faults = overlays.flatMap(({ name, text }) => {
    const fault = readOverlay(text)
    return typeof fault === 'string' ? [{ name, fault }] : []
  })
  return faults.length > 0 ? faults : anchorFaults(layers(overlays))
}

/**
 * Lays files without faults over a configuration: in their order, each
 * top-level key replaces what stood there, as Synapse does with a folder of
 * files. The text of each key is carried over as it is.
 */
export const layOver = (
  base: string,
  overlays: readonly Overlay[],
): string => {
  const kept = layers(overlays).filter(({ sections }) => sections.length > 0)
  // No blank line between them: it may be a part of the text before it.
  const parts = kept.map(({ name, sections }) => {
    const text = sections.map(section => section.text).join('')
    return `# From homeserver.d/${name}\n\n${text}`
  })
  const rest = withoutKeys(base, ownerOf(kept))
  return parts.length === 0 ? rest : `${rest}\n${parts.join('')}`
}

// cook's own text has each top-level key at the left, and nothing else there
// but comments and blank lines.
const withoutKeys = (
  base: string,
  owner: ReadonlyMap<string, string>,
): string => {
  let from: string | undefined
  return base
    .split('\n')
    .flatMap(line => {
      const key = line.match(/^([a-z_]+):/)?.[1]
      if (key !== undefined || line === '' || line.startsWith('#')) {
        from = key === undefined ? undefined : owner.get(key)
        return from === undefined
          ? [line]
          : [`# ${key}: see homeserver.d/${from} below`]
      }
      return from === undefined ? [line] : []
    })
    .join('\n')
}
