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
export interface Section {
  key: string
  text: string
  /** In order, the anchors that it sets (`&x`) and uses (`*x`). */
  anchors: string[]
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

const anchorsOf = (pair: Pair): string[] => {
  const anchors: string[] = []
  visit(pair.value as Node | null, {
    Alias: (_, { source }) => void anchors.push(`*${source}`),
    Value: (_, { anchor }) => void (anchor && anchors.push(`&${anchor}`)),
  })
  return anchors
}

const rangeOf = (node: unknown): [number, number] => {
  const [from, to] = (node as Scalar).range ?? [0, 0]
  return [from, to]
}

const startOf = (pair: Pair): number => rangeOf(pair.key)[0]

const endOf = ({ key, value }: Pair): number =>
  rangeOf(value === null ? key : value)[1]

const merge = '<<'

// The yaml package has a symbol for what merges.
const keyOf = (pair: Pair): string => {
  const { value } = pair.key as Scalar
  return typeof value === 'symbol' ? merge : String(value)
}

/** Text of a block mapping that stands `indent` spaces in, put to the left. */
const dedent = (text: string, indent: number): string =>
  text.replaceAll(new RegExp(`^ {1,${indent}}`, 'gm'), '')

const blockSections = (text: string, map: YAMLMap): Section[] => {
  // At the left three dots end the document, wherever they stand.
  const inside = text.replace(/^\.\.\.(?!\S)[^]*/m, '').replace(/\n?$/, '\n')
  const starts = map.items.map(pair => startOf(pair))
  const first = starts[0] ?? 0
  const indent = first - (text.lastIndexOf('\n', first - 1) + 1)
  return map.items.map((pair, index) => {
    const until = starts[index + 1] ?? inside.length + indent
    const whole = inside.slice(startOf(pair) - indent, until - indent)
    const body = indent === 0 ? whole : dedent(whole, indent)
    return { key: keyOf(pair), text: body, anchors: anchorsOf(pair) }
  })
}

// `{"a": {…}, "b": 1}` to one `key: value` a line; within a flow value the
// depth of the lines has no meaning, but they may not begin at the left. What
// stands between the colon and the value are its tag and its anchor.
const flowSections = (text: string, map: YAMLMap): Section[] =>
  map.items.map(pair => {
    const [from, to] = rangeOf(pair.key)
    const value = text.slice(to, endOf(pair)).replace(/^[^:]*:\s*/, '')
    const body = `${text.slice(from, to)}: ${value}`.trimEnd()
    return {
      key: keyOf(pair),
      text: `${body.replaceAll('\n', '\n  ')}\n`,
      anchors: anchorsOf(pair),
    }
  })

/** The first key that does not simply begin its line, or follow a comma. */
const oddKey = (text: string, map: YAMLMap): string | undefined => {
  const odd = map.items.find((pair, index) => {
    const [from, to] = rangeOf(pair.key)
    const before = map.items[index - 1]
    const since = before === undefined ? rangeOf(map)[0] : endOf(before)
    return map.flow
      ? !/^[\s:]*[{,]\s*$/.test(text.slice(since, from).replace(/#.*/g, '')) ||
          text.slice(from, to).includes('\n')
      : !/^ *$/.test(text.slice(text.lastIndexOf('\n', from - 1) + 1, from))
  })
  return odd && keyOf(odd)
}

// A line break put there would become a part of the text.
const endsInText = (text: string, map: YAMLMap): boolean => {
  let ends = false
  visit(map, {
    Scalar: (_, { type, range }) => {
      ends ||= /^BLOCK/.test(type ?? '') && (range?.[1] ?? 0) >= text.length
    },
  })
  return ends && !text.endsWith('\n')
}

/** The first alias (`*x`) before which its anchor is not set. */
export const lostAlias = (sections: readonly Section[]): string | undefined => {
  const set = new Set<string>()
  return sections
    .flatMap(({ anchors }) => anchors)
    .find(each =>
      each.startsWith('*')
        ? !set.has(each.replace('*', '&'))
        : void set.add(each),
    )
}

const mappingFault = (text: string, map: YAMLMap): string | undefined => {
  if (map.items.some(pair => !isScalar(pair.key))) {
    return 'has a key that is not a plain text'
  }
  const odd = oddKey(text, map)
  if (odd !== undefined) {
    return `has something before or in its key ${odd} that cook does not follow`
  }
  return endsInText(text, map)
    ? 'ends within a text: end it with a line break'
    : undefined
}

// What stands there may be a secret that lacks its own quotes, and faults show
// none: `turn_shared_secret: |s3cret`.
const withoutQuote = (message: string): string =>
  (message.split('\n')[0] ?? '')
    .replace(/:$/, '')
    .replace(/(:| \\).* (?=at line \d+, column \d+$)/, ' ')

const lineOf = (text: string, part: string): number =>
  text.slice(0, text.indexOf(part)).split('\n').length

/**
 * The sections of a file of homeserver.d, or why it cannot be followed. An
 * empty file is no fault.
 */
export const readOverlay = (content: string): Section[] | string => {
  // The yaml package takes the byte order mark off before it counts.
  const text = content.replace(/^\ufeff/, '')
  if (text.includes('CHANGEME')) {
    return (
      'has the word CHANGEME in it, ' +
      'with which the rc script refuses to start'
    )
  }
  const documents = parse(text)
  const error = documents.flatMap(each => each.errors)[0]
  if (error !== undefined) {
    return `is not YAML: ${withoutQuote(error.message)}`
  }
  if (documents.length > 1) {
    return 'has more than one YAML document in it'
  }
  if (/^%TAG\s/m.test(text)) {
    return 'has a %TAG in it, which cook does not follow'
  }
  const map = documents[0]?.contents ?? null
  if (map === null || (isScalar(map) && map.value === '')) {
    return []
  }
  if (!isMap(map)) {
    return 'is not a mapping of keys to values'
  }
  const fault = mappingFault(text, map)
  if (fault !== undefined) {
    return fault
  }
  const sections = map.flow ? flowSections(text, map) : blockSections(text, map)
  const lost = lostAlias(sections)
  return lost !== undefined
    ? `uses an alias that is not set before it at line ${lineOf(text, lost)}` +
        ': text that begins with * needs quotes'
    : sections.some(({ key }) => key === merge)
      ? 'merges at the top level (<<), which cook does not follow'
      : sections
}

/** The top-level keys of all files, later ones winning, as YAML 1.1. */
export const readKeys = (
  overlays: readonly Overlay[],
): Readonly<Record<string, unknown>> =>
  Object.assign(
    {},
    ...overlays.map(
      ({ text }) => parseYaml(text, { version: '1.1', logLevel: 'error' }) ?? {},
    ),
  )
