// What the yaml package reads as YAML, but PyYAML refuses or reads differently.
// A file with any of it is refused, so that both see the same keys.

import { lexemeFault, type Found, type Lexeme } from './python-lexemes.ts'
import { isNoValue, tags } from './python-values.ts'

/** A piece and its neighbours, spaces aside. */
interface Place {
  each: Lexeme
  before: Lexeme | undefined
  /** Up to three pieces. */
  after: readonly Lexeme[]
  /** The types of all pieces before it. */
  seen: ReadonlySet<string>
  /**
   * The last piece before it, line breaks, comments, anchors and tags aside.
   */
  last: Lexeme | undefined
  /** The braces and brackets that are open at this point. */
  open: readonly string[]
}

const isText = ({ type }: Lexeme): boolean =>
  /^(?:(?:double|single)-quoted-)?scalar$/.test(type)

const plainFault = (place: Place): string | undefined => {
  const { each, after, open } = place
  const text = each.source
    .split('\n')
    .map(line => line.trim())
    .join(' ')
  const isKey = after[0]?.type === 'map-value-ind'
  return open.length > 0 && /^:|\?/.test(text)
    ? 'has a : or ? in a text that needs quotes'
    : isNoValue(text) && !(isKey && /^[=<]/.test(text))
      ? 'has a text that is not a valid value and needs quotes'
      : undefined
}

// PyYAML wants both on one line, and at most 1024 characters apart.
const longest = 1000
const tooLong = 'has a key that is too long'

const keyFault = ({ each, before: key }: Place): string | undefined =>
  key === undefined || !isText(key) || key.source.includes('\n')
    ? 'has a : without a plain key before it'
    : each.at - key.at > longest
      ? tooLong
      : undefined

const unquoted = ({ source }: Lexeme): string =>
  source.replace(/^(["'])(.*)\1$/s, '$2')

/** The tags that are supported before braces and brackets. */
const openers: Readonly<Record<string, string>> = {
  '!!map': 'flow-map-start',
  '!!set': 'flow-map-start',
  '!!seq': 'flow-seq-start',
}

const takesTag = (tag: string, next: Lexeme): boolean =>
  tag in openers
    ? next.type === openers[tag]
    : next.type === 'block-scalar-header'
      ? tag === '!!str'
      : isText(next) && Boolean(tags[tag]?.(unquoted(next)))

const tagFault = ({ each, after }: Place): string | undefined => {
  const next = after.find(({ type }) => type !== 'anchor')
  return next !== undefined && takesTag(each.source, next)
    ? undefined
    : 'has a tag that cook does not support'
}

// What follows the brace itself, or a comma in it.
const isFlowKey = ({ last, open }: Place): boolean =>
  open.at(-1) === '{' && /^(?:flow-map-start|comma)$/.test(last?.type ?? '')

const openFault = (place: Place): string | undefined =>
  isFlowKey(place) ? 'has a key that is not a plain text' : undefined

const nothing = /^(?:newline|comment)$/

const startFault = ({ each, after, seen }: Place): string | undefined => {
  const before = [...seen].filter(type => !nothing.test(type))
  const { type } = after[0] ?? { type: 'newline' }
  return before.length === 0 && each.type === 'doc-end'
    ? 'has ... before its keys'
    : before.every(each => each === 'doc-start') &&
        /^(?:anchor|tag)$/.test(each.type) &&
        (nothing.test(type) || type === 'flow-map-start')
      ? 'has a tag or an anchor before all its keys'
      : undefined
}

const faults: Readonly<Record<string, (place: Place) => string | undefined>> = {
  scalar: plainFault,
  'map-value-ind': keyFault,
  tag: tagFault,
  'directive-line': ({ after }) =>
    after.some(({ type }) => type === 'doc-start')
      ? undefined
      : 'has a % directive without a --- after it',
  alias: openFault,
  'flow-map-start': openFault,
  'flow-seq-start': openFault,
}

const placeFault = (place: Place): Found | undefined => {
  const { type, source, at } = place.each
  // In a flow mapping the : may be missing.
  const isLong = source.length > longest && isFlowKey(place)
  const fault =
    startFault(place) ?? faults[type]?.(place) ?? (isLong ? tooLong : undefined)
  return fault === undefined ? undefined : { at, fault }
}

/**
 * What PyYAML 6 would refuse in a text that the yaml package reads, or read
 * differently. The rules are those of its scanner and its safe constructor.
 * @param lexemes the whole text
 */
export const pythonFault = (lexemes: readonly Lexeme[]): Found | undefined => {
  const misshapen = lexemes.map(lexemeFault).find(fault => fault)
  if (misshapen !== undefined) {
    return misshapen
  }
  const solid = lexemes.filter(({ type }) => type !== 'space')
  const seen = new Set<string>()
  const open: string[] = []
  let last: Lexeme | undefined
  for (const [index, each] of solid.entries()) {
    const before = solid[index - 1]
    const after = solid.slice(index + 1, index + 4)
    const fault = placeFault({ each, before, after, seen, last, open })
    if (fault !== undefined) {
      return fault
    }
    seen.add(each.type)
    last = /^(?:newline|comment|anchor|tag)$/.test(each.type) ? last : each
    if (/^flow-\w+-start$/.test(each.type)) {
      open.push(each.source)
    } else if (/^flow-\w+-end$/.test(each.type)) {
      open.pop()
    }
  }
  return undefined
}
