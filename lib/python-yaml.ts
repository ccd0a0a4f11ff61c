// What is YAML to the yaml package and is none to PyYAML, or another one: what
// has any of it is refused, so that both see the same keys.

import { isNoValue, tags } from './python-values.ts'

/** A piece of a YAML text, as the yaml package cuts it. */
export interface Lexeme {
  type: string
  source: string
  /** Where it begins in the text, from 0. */
  at: number
}

/** What is wrong, where, and what to do. */
export interface Found {
  at: number
  fault: string
  hint?: string
}

// PyYAML's reader refuses some characters. NEL, U+2028 and U+2029 end a line
// for it, and so does a carriage return alone.
const strange =
  /[^\t\r\n -~\xa0-\ufffd\u{10000}-\u{10ffff}]|[\u2028\u2029\ufeff]|\r(?!\n)/u

const escape = [
  String.raw`[0abt\tnvfre "/\\N_LP\n]|\r\n`,
  String.raw`x[\da-fA-F]{2}|u[\da-fA-F]{4}`,
  String.raw`U00(?:0[\da-fA-F]|10)[\da-fA-F]{4}`,
].join('|')

const withTab = 'has a tab'
const notClosed = 'has a text in quotes that is not closed'

/** How a piece has to look, and what is wrong with it if it does not. */
const shapes: Readonly<Record<string, readonly [RegExp, string, string?]>> = {
  space: [/^ +$/, withTab, 'write spaces'],
  scalar: [/^[^\t]*$/, withTab, 'write spaces'],
  anchor: [/^&[\w-]+$/, 'has an anchor that is no word', 'text needs quotes'],
  alias: [/^\*[\w-]+$/, 'has an alias that is no word', 'text needs quotes'],
  'double-quoted-scalar': [
    new RegExp(`^"(?:[^"\\\\]|\\\\(?:${escape}))*"$`),
    `${notClosed}, or with an escape that is none`,
  ],
  'single-quoted-scalar': [/^'(?:[^']|'')*'$/, notClosed],
  'block-scalar-header': [
    /^[|>](?:[+-]?[1-9]?|[1-9][+-])$/,
    'has something after | or > that does not belong there',
  ],
  'directive-line': [/^%YAML 1\.[12]$/, 'has a % that cook does not follow'],
  'explicit-key-ind': [/^$/, 'has a ? before a key'],
}

/** A piece and those beside it, of which spaces are none. */
interface Place {
  each: Lexeme
  before: Lexeme | undefined
  /** Three of them, or those that there are. */
  after: readonly Lexeme[]
  /** The types of all that are before it. */
  seen: ReadonlySet<string>
  /** The last before it but for line breaks, comments, anchors and tags. */
  last: Lexeme | undefined
  /** The braces and brackets that are open before it. */
  open: readonly string[]
}

const isText = ({ type }: Lexeme): boolean =>
  /^(?:(?:double|single)-quoted-)?scalar$/.test(type)

const plainFault = ({ each, after, open }: Place): string | undefined => {
  const text = each.source.replaceAll(/\s*\n\s*/g, ' ')
  const isKey = after[0]?.type === 'map-value-ind'
  return open.length > 0 && /^:|\?/.test(text)
    ? 'has a : or ? in a text that needs quotes'
    : isNoValue(text) && !(isKey && /^[=<]/.test(text))
      ? 'has a text that is no value and needs quotes'
      : undefined
}

// PyYAML wants both on one line, and not more than 1024 characters apart.
const keyFault = ({ each, before: key }: Place): string | undefined =>
  key === undefined || !isText(key) || key.source.includes('\n')
    ? 'has a : without a plain key before it'
    : each.at - key.at > 1000
      ? 'has a key that is too long'
      : undefined

const unquoted = ({ source }: Lexeme): string =>
  source.replace(/^(["'])(.*)\1$/s, '$2')

/** The tags that are followed before braces and brackets. */
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
    : 'has a tag that cook does not follow'
}

// Within braces what follows one of them, or a comma, is a key.
const openFault = ({ last, open }: Place): string | undefined =>
  open.at(-1) === '{' && /^flow-map-start$|^comma$/.test(last?.type ?? '')
    ? 'has a key that is not a plain text'
    : undefined

const nothing = /^(?:newline|comment|directive-line)$/

const startFault = ({ each, after, seen }: Place): string | undefined => {
  const before = [...seen].filter(type => !nothing.test(type))
  const { type } = after[0] ?? { type: 'newline' }
  return each.type === 'doc-end' && before.length === 0
    ? 'has ... before its keys'
    : /^(?:anchor|tag)$/.test(each.type) &&
        before.every(each => each === 'doc-start') &&
        (nothing.test(type) || type === 'flow-map-start')
      ? 'has a tag or an anchor before all its keys'
      : undefined
}

const faults: Readonly<
  Record<string, (place: Place) => string | undefined>
> = {
  scalar: plainFault,
  'map-value-ind': keyFault,
  tag: tagFault,
  alias: openFault,
  'flow-map-start': openFault,
  'flow-seq-start': openFault,
}

const placeFault = (place: Place): Found | undefined => {
  const { type, source, at } = place.each
  const [shape, misshapen = '', hint] = shapes[type] ?? []
  if (shape?.test(source) === false) {
    return { at, fault: misshapen, ...(hint && { hint }) }
  }
  const fault = startFault(place) ?? faults[type]?.(place)
  return fault === undefined ? undefined : { at, fault }
}

/** The first character that does not mean to PyYAML what it means to others. */
export const strangeIn = (text: string): Found | undefined => {
  const found = text.match(strange)
  if (found === null) {
    return undefined
  }
  const code = found[0].codePointAt(0)!.toString(16).padStart(4, '0')
  return {
    at: found.index ?? 0,
    fault: `has the character U+${code.toUpperCase()}`,
    hint: `between double quotes \\u${code} means it`,
  }
}

/**
 * What PyYAML 6 would refuse in a text that the yaml package reads, or read
 * otherwise; the rules are those of its scanner and its safe constructor.
 * @param lexemes the whole text
 */
export const pythonFault = (
  lexemes: readonly Lexeme[],
): Found | undefined => {
  const solid = lexemes.filter(({ type }) => type !== 'space')
  const seen = new Set<string>()
  const open: string[] = []
  let index = 0
  let last: Lexeme | undefined
  for (const each of lexemes) {
    const isSpace = each.type === 'space'
    const after = isSpace ? [] : solid.slice(index + 1, index + 4)
    const before = solid[index - 1]
    const fault = placeFault({ each, before, after, seen, last, open })
    if (fault !== undefined || isSpace) {
      if (fault !== undefined) {
        return fault
      }
      continue
    }
    index++
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
