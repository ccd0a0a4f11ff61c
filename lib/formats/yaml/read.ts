// The one door to the yaml package: it finds the structure of a text. The
// values of plain scalars are left to PyYAML.

import {
  CST,
  isCollection,
  isMap,
  isScalar,
  Lexer,
  parseAllDocuments,
  parseDocument,
  visit,
  type Document,
  type Node,
  type Pair,
  type Scalar,
} from 'yaml'
import type { Lexeme } from './python-lexemes.ts'
import { isMerge, merge, mergesIn, rangeOf, type Merges } from './merges.ts'
import type { Part } from './sections.ts'

/** The structure of a text. All places are offsets in it, from 0. */
export interface Shape {
  /** The first error of the yaml package. */
  error: { at: number; message: string } | undefined
  /** Where a second document begins. */
  second: number | undefined
  /** The first document, and where it begins; undefined if it is empty. */
  root: { at: number; kind: 'block' | 'flow' | 'other' } | undefined
  /** The first key that is not text. */
  odd: number | undefined
  /** The place of the 101st level. */
  deep: number | undefined
  /** Its merges (`<<`). */
  merges: Merges
  /** Its keys, if it is a mapping of text keys. */
  parts: Part[]
  /** The end of the last text that is written below `|` or `>`. */
  blockEnd: number
  /** The text in pieces. */
  lexemes: Lexeme[]
}

const anchorsOf = (pair: Pair): string[] => {
  const anchors: string[] = []
  visit(pair.value as Node | null, {
    Alias: (_, { source }) => void anchors.push(`*${source}`),
    Value: (_, { anchor }) => void (anchor && anchors.push(`&${anchor}`)),
  })
  return anchors
}

const partOf = (pair: Pair): Part => {
  const [from, to] = rangeOf(pair.key)
  return {
    key: isMerge(pair.key) ? merge : String((pair.key as Scalar).value),
    ...{ from, to },
    end: pair.value === null ? to : rangeOf(pair.value)[1],
    anchors: anchorsOf(pair),
  }
}

const deepIn = (node: Node | null): number | undefined => {
  let at: number | undefined
  visit(node, {
    Collection: (_, each, path) => {
      if (path.filter(isCollection).length >= 100) {
        at ??= rangeOf(each)[0]
        return visit.BREAK
      }
      return undefined
    },
  })
  return at
}

const blockEndOf = (node: Node | null): number => {
  let end = -1
  visit(node, {
    Scalar: (_, { type, range }) => {
      end = /^BLOCK/.test(type ?? '') ? Math.max(end, range?.[1] ?? 0) : end
    },
  })
  return end
}

// Marks that the lexer adds; they stand for no text. The last one precedes a
// plain text, and the text after the header of a block scalar.
const marks = /^[\x02\x18\x1f]$/

const lexemesOf = (text: string): Lexeme[] => {
  let at = 0
  let header = false
  let mark = ''
  return [...new Lexer().lex(text)].flatMap(source => {
    const isText = mark === '\x1f'
    mark = marks.test(source) ? source : ''
    if (mark !== '') {
      return []
    }
    const plain = header ? 'block-scalar' : 'scalar'
    const type = isText ? plain : (CST.tokenType(source) ?? 'unknown')
    header = type === 'block-scalar-header' || (header && !isText)
    at += source.length
    return source === '' ? [] : [{ type, source, at: at - source.length }]
  })
}

/**
 * How many pieces a text may have. With as many, cook needs 1.5 s and 300 MB at
 * most, and PyYAML 1 s, on a fast machine.
 */
export const mostPieces = 100_000

// A line of a text that has many costs as much as a word.
const weightOf = (source: string): number =>
  marks.test(source) || /^ *$/.test(source)
    ? 0
    : 1 + (source.length > 1 ? source.split('\n').length - 1 : 0)

/**
 * Counts the words, signs and line breaks of a text.
 * @param most where the count ends
 * @returns their number, and where there are more than `most` the offset of the
 *   first one too many
 */
export const countPieces = (
  text: string,
  most: number,
): { count: number; excess?: number } => {
  let at = 0
  let count = 0
  for (const source of new Lexer().lex(text)) {
    const weight = weightOf(source)
    if (count + weight > most) {
      const lines = source.split('\n').slice(0, most - count)
      return { count: most, excess: at + lines.join('\n').length }
    }
    count += weight
    at += marks.test(source) ? 0 : source.length
  }
  return { count }
}

const parse = (text: string): Document.Parsed[] => {
  const documents = parseAllDocuments(text, {
    version: '1.1',
    schema: 'failsafe',
    merge: true,
    prettyErrors: false,
    // It would compare each key with all others.
    uniqueKeys: false,
  })
  return 'empty' in documents ? [] : [...documents]
}

const isNothing = (node: Node): boolean =>
  isScalar(node) && node.value === '' && node.type === 'PLAIN'

/** Where a key of a mapping is repeated. */
const twiceIn = (node: Node | null): number | undefined => {
  let at: number | undefined
  visit(node, {
    Map: (_, { items }) => {
      const seen = new Set<unknown>()
      for (const { key } of items) {
        const value = isScalar(key) ? key.value : key
        if (seen.has(value)) {
          at ??= rangeOf(key)[0]
        }
        seen.add(value)
      }
    },
  })
  return at
}

/** The structure of a text without a byte order mark. */
export const readShape = (text: string): Shape => {
  const documents = parse(text)
  const errors = documents.flatMap(each => each.errors)
  const [found] = errors
  const node = documents[0]?.contents ?? null
  const twice = found === undefined ? twiceIn(node) : undefined
  const error =
    twice === undefined
      ? found && { at: found.pos[0], message: found.message }
      : { at: twice, message: 'Map keys must be unique' }
  const isRight = error === undefined
  // If the stack overflows, this reports an error.
  const deep = isRight
    ? deepIn(node)
    : errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION')?.pos[0]
  const items = isMap(node) && isRight ? node.items : []
  const odd = items.find(({ key }) => !isScalar(key))
  const kind = isMap(node) ? (node.flow ? 'flow' : 'block') : 'other'
  return {
    error,
    second: documents[1]?.range[0],
    root:
      node === null || isNothing(node)
        ? undefined
        : { at: rangeOf(node)[0], kind },
    odd: odd && rangeOf(odd.key)[0],
    deep,
    merges:
      isRight && deep === undefined && text.includes(merge)
        ? mergesIn(node)
        : { wrong: undefined, copied: 0 },
    parts: odd === undefined ? items.map(partOf) : [],
    blockEnd: blockEndOf(node),
    lexemes: isRight ? lexemesOf(text) : [],
  }
}

// homeserver.yaml has the keys of all local overrides, and those of cook.
const mostRead = 2 * mostPieces

/**
 * The value of a mapping as YAML 1.1, if the text is one. Like PyYAML it takes
 * the last of equal keys, and one object for all aliases: there may be loops.
 * @throws {Error} if the text is not YAML, is too long, or merges without end
 */
export const readMapping = (text: string): object => {
  // Counting takes time, and each piece has at least one character.
  const { excess } = text.length > mostRead ? countPieces(text, mostRead) : {}
  if (excess !== undefined) {
    throw new Error('has too many lines and values')
  }
  const document = parseDocument(text, {
    version: '1.1',
    logLevel: 'error',
    uniqueKeys: false,
  })
  const error = document.errors.find(
    ({ code }) => code !== 'TAG_RESOLVE_FAILED',
  )
  if (error !== undefined) {
    throw error
  }
  if (
    ['itself', 'much'].includes(mergesIn(document.contents).wrong?.what ?? '')
  ) {
    throw new Error('merges without end')
  }
  return document.toJS({ maxAliasCount: -1 }) ?? {}
}
