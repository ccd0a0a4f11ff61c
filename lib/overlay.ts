import {
  isMap,
  isScalar,
  parseAllDocuments,
  parse as parseYaml,
  visit,
  type Document,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml'

/** A file of homeserver.d: its name and its text. */
export interface Overlay {
  name: string
  text: string
}

/** A top-level key with the text that gives it its value, comments and all. */
interface Section {
  key: string
  text: string
  /** The anchors that it sets, and those that its aliases use. */
  sets: string[]
  uses: string[]
}

// Only the shape is read here: what a plain scalar means is left to PyYAML,
// and so the text itself is carried over, never written anew.
const parse = (text: string): Document.Parsed[] => {
  const documents = parseAllDocuments(text, {
    version: '1.1',
    schema: 'failsafe',
    merge: true,
  })
  return 'empty' in documents ? [] : [...documents]
}

const anchorsOf = (pair: Pair): Pick<Section, 'sets' | 'uses'> => {
  const sets: string[] = []
  const uses: string[] = []
  visit(pair.value as Node | null, {
    Alias: (_, { source }) => void uses.push(source),
    Value: (_, { anchor }) => void (anchor && sets.push(anchor)),
  })
  return { sets, uses }
}

/** Text of a block mapping that stands `indent` spaces in, put to the left. */
const dedent = (text: string, indent: number): string =>
  text
    .split('\n')
    .map(line => line.replace(new RegExp(`^ {0,${indent}}`), ''))
    .join('\n')

const blockSections = (text: string, map: YAMLMap): Section[] => {
  const starts = map.items.map(pair => startOf(pair))
  const first = starts[0] ?? 0
  const indent = first - (text.lastIndexOf('\n', first - 1) + 1)
  return map.items.map((pair, index) => {
    const until = starts[index + 1] ?? text.length
    const whole = dedent(text.slice(startOf(pair) - indent, until), indent)
    const body = whole.replace(/\n\.\.\.\s*$/, '\n').replace(/\n?$/, '\n')
    return { key: keyOf(pair), text: body, ...anchorsOf(pair) }
  })
}

// `{"a": {…}, "b": 1}` to one `key: value` a line; within a flow value the
// depth of the lines has no meaning, but they may not begin at the left.
const flowSections = (text: string, map: YAMLMap): Section[] =>
  map.items.map(pair => {
    const [from, to] = rangeOf(pair.key)
    const value = pair.value === null ? undefined : rangeOf(pair.value)
    const slices = [text.slice(from, to), value ? text.slice(...value) : '']
    const body = `${slices.join(': ').replaceAll('\n', '\n  ').trimEnd()}\n`
    return { key: keyOf(pair), text: body, ...anchorsOf(pair) }
  })

const rangeOf = (node: unknown): [number, number] => {
  const [from, to] = (node as Scalar).range ?? [0, 0]
  return [from, to]
}

const startOf = (pair: Pair): number => rangeOf(pair.key)[0]

const keyOf = (pair: Pair): string => String((pair.key as Scalar).value)

const sectionsOf = (text: string, map: YAMLMap): Section[] =>
  map.flow ? flowSections(text, map) : blockSections(text, map)

// The byte order mark, which the yaml package takes off before counting.
const withoutMark = (text: string): string => text.replace(/^\ufeff/, '')

const lostAnchor = (sections: readonly Section[]): string | undefined => {
  const set = sections.flatMap(({ sets }) => sets)
  return sections
    .flatMap(({ uses }) => uses)
    .find(anchor => !set.includes(anchor))
}

const readSections = (text: string): Section[] => {
  const contents = parse(text)[0]?.contents
  return isMap(contents) ? sectionsOf(text, contents) : []
}

// An empty file is no fault.
const overlayFault = (overlay: Overlay): string | undefined => {
  if (overlay.text.includes('CHANGEME')) {
    return 'has the word CHANGEME in it, with which the rc script refuses to start'
  }
  const documents = parse(withoutMark(overlay.text))
  const error = documents.flatMap(each => each.errors)[0]
  if (error !== undefined) {
    return `is not YAML: ${error.message.split('\n')[0]?.replace(/:$/, '')}`
  }
  if (documents.length > 1) {
    return 'has more than one YAML document in it'
  }
  const contents = documents[0]?.contents ?? null
  if (contents === null || (isScalar(contents) && contents.value === '')) {
    return undefined
  }
  if (!isMap(contents)) {
    return 'is not a mapping of keys to values'
  }
  const odd = contents.items.find(pair => !isScalar(pair.key))
  if (odd !== undefined) {
    return 'has a key that is not a plain text'
  }
  const sections = sectionsOf(withoutMark(overlay.text), contents)
  const lost = lostAnchor(sections)
  return lost !== undefined
    ? `uses *${lost}, which is set nowhere in it`
    : sections.some(({ key }) => key === '<<')
      ? 'merges at the top level (<<), which cook does not follow'
      : undefined
}

interface Layer {
  name: string
  sections: Section[]
}

/** Each file with those of its keys that no later file replaces. */
const layers = (overlays: readonly Overlay[]): Layer[] => {
  const all = overlays.map(({ name, text }) => ({
    name,
    sections: readSections(withoutMark(text)),
  }))
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

/** The files that cannot be laid over Synapse's configuration, and why. */
export const overlayFaults = (
  overlays: readonly Overlay[],
): { name: string; fault: string }[] => {
  const faults = overlays.flatMap(each => {
    const fault = overlayFault(each)
    return fault === undefined ? [] : [{ name: each.name, fault }]
  })
  return faults.length > 0
    ? faults
    : layers(overlays).flatMap(({ name, sections }) => {
        const lost = lostAnchor(sections)
        return lost === undefined
          ? []
          : [{ name, fault: `uses *${lost} of a key that a later file replaces` }]
      })
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
  const parts = kept.map(({ name, sections }) => {
    const text = sections.map(section => section.text).join('')
    return `\n# From homeserver.d/${name}\n\n${text}`
  })
  return withoutKeys(base, ownerOf(kept)) + parts.join('')
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

/** The top-level keys of all files, later ones winning, as YAML 1.1. */
export const readKeys = (
  overlays: readonly Overlay[],
): Readonly<Record<string, unknown>> =>
  Object.assign(
    {},
    ...overlays.map(({ text }) => parseYaml(text, { version: '1.1', logLevel: 'error' }) ?? {}),
  )
