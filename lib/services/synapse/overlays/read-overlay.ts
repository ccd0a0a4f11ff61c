import {
  merge,
  mostCopied,
  type WrongMerge,
} from '../../../formats/yaml/merges.ts'
import { strangeIn, type Found } from '../../../formats/yaml/python-lexemes.ts'
import { pythonFault } from '../../../formats/yaml/python-yaml.ts'
import {
  readMapping,
  readShape,
  type Shape,
} from '../../../formats/yaml/read.ts'
import {
  blockSections,
  flowSections,
  lostAlias,
  oddBlockKey,
  oddFlowKey,
  type Part,
  type Section,
} from '../../../formats/yaml/sections.ts'

/** A file of homeserver.d: its name and its text. */
export interface Overlay {
  name: string
  text: string
}

const forbidden = 'CHANGEME'

const wordFault = (text: string): Found | undefined =>
  text.includes(forbidden)
    ? {
        at: text.indexOf(forbidden),
        fault: `contains the word ${forbidden}`,
        hint: 'the rc script refuses to start with it',
      }
    : undefined

const shapeFault = ({ error, second, deep }: Shape): Found | undefined =>
  deep !== undefined
    ? // Python gives up at about 480.
      { at: deep, fault: 'has more than 100 levels' }
    : error !== undefined
      ? {
          at: error.at,
          // The text after it may be a secret without quotes, and errors show
          // none: `turn_shared_secret: |s3cret`.
          fault: `is not YAML: ${error.message.replace(/(:| \\)[^]*/, '')}`,
        }
      : second !== undefined
        ? { at: second, fault: 'contains more than one YAML document' }
        : undefined

/** `100,000` */
export const inWords = (count: number): string => count.toLocaleString('en-US')

const mergeFaults: Readonly<Record<WrongMerge['what'], string>> = {
  nothing: 'merges something that is not a mapping',
  itself: 'merges a mapping into itself',
  much: `merges more than ${inWords(mostCopied)} keys and values`,
}

const rootFault = ({
  root,
  odd,
  merges: { wrong },
}: Shape): Found | undefined =>
  root?.kind === 'other'
    ? { at: root.at, fault: 'is not a mapping of keys to values' }
    : odd !== undefined
      ? { at: odd, fault: 'has a key that is not a plain text' }
      : wrong && { at: wrong.at, fault: mergeFaults[wrong.what] }

// A line break added at the end would become part of such a text, also after
// spaces that are alone in the last line.
const endFault = (text: string, { blockEnd }: Shape): Found | undefined =>
  blockEnd >= text.trimEnd().length && !text.endsWith('\n')
    ? {
        at: text.length,
        fault: 'ends inside a text',
        hint: 'end it with a line break',
      }
    : undefined

const keyFault = (text: string, shape: Shape): Found | undefined => {
  const { root, parts } = shape
  const odd =
    root?.kind === 'flow'
      ? oddFlowKey(text, parts, root.at)
      : oddBlockKey(text, parts)
  const merging = parts.find(({ key }) => key === merge)
  return odd !== undefined
    ? {
        at: odd.from,
        fault: 'has something before or in a key that cook does not support',
      }
    : merging && {
        at: merging.from,
        fault: 'merges at the top level (<<), which cook does not support',
      }
}

/**
 * How many aliases there may be: for each the yaml package looks at all anchors
 * and aliases before it.
 */
export const mostAliases = 5_000

/** For each alias (`*x`), the section that uses it. */
export const aliasesIn = <Each extends Pick<Part, 'anchors'>>(
  sections: readonly Each[],
): Each[] =>
  sections.flatMap(each =>
    each.anchors.filter(anchor => anchor.startsWith('*')).map(() => each),
  )

const aliasFault = (text: string, { parts }: Shape): Found | undefined => {
  const lost = lostAlias(parts)
  if (lost !== undefined) {
    return {
      at: text.indexOf(lost),
      fault: 'uses an alias that is not set before it',
      hint: 'text that begins with * needs quotes',
    }
  }
  const excess = aliasesIn(parts)[mostAliases]
  return (
    excess && {
      at: excess.from,
      fault: `uses more than ${inWords(mostAliases)} aliases`,
    }
  )
}

/** An error, with its place. */
export const worded = (text: string, { at, fault, hint }: Found): string => {
  const lines = text.slice(0, at).split('\n')
  const place = `at line ${lines.length}, column ${lines.at(-1)!.length + 1}`
  return `${fault} ${place}${hint === undefined ? '' : `: ${hint}`}`
}

/** What is in a file of homeserver.d. */
export interface Reading {
  sections: Section[]
  /** The number of keys and values that its merges copy. */
  copied: number
}

/**
 * Reads a file of homeserver.d, or says why cook cannot use it, with the place.
 * An empty file is not an error.
 */
export const readOverlay = (content: string): Reading | string => {
  // The yaml package removes the byte order mark before it counts.
  const text = content.replace(/^\ufeff/, '')
  const strange = wordFault(text) ?? strangeIn(text)
  if (strange !== undefined) {
    return worded(text, strange)
  }
  const shape = readShape(text)
  const found =
    shapeFault(shape) ??
    pythonFault(shape.lexemes) ??
    rootFault(shape) ??
    keyFault(text, shape) ??
    endFault(text, shape) ??
    aliasFault(text, shape)
  if (found !== undefined) {
    return worded(text, found)
  }
  const cut = shape.root?.kind === 'flow' ? flowSections : blockSections
  return { sections: cut(text, shape.parts), copied: shape.merges.copied }
}

/** The top-level keys of all files as YAML 1.1; later files win. */
export const readKeys = (
  overlays: readonly Overlay[],
): Readonly<Record<string, unknown>> =>
  Object.assign({}, ...overlays.map(({ text }) => readMapping(text)))
