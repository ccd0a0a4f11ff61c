// The pieces of a YAML text as PyYAML accepts them, one by one.

/** A piece of a YAML text, as the yaml package cuts it. */
export interface Lexeme {
  type: string
  source: string
  /** Its offset in the text, from 0. */
  at: number
}

/** What is wrong, where, and what to do. */
export interface Found {
  at: number
  fault: string
  hint?: string
}

// PyYAML's reader refuses some characters. NEL, U+2028, U+2029 and a carriage
// return alone end a line in PyYAML.
const strange =
  /[^\t\r\n -~\xa0-\ufffd\u{10000}-\u{10ffff}]|[\u2028\u2029\ufeff]|\r(?!\n)/u

const escapeForm = new RegExp(
  String.raw`\\(?:[0abt\tnvfre "/\\N_LP\n]|\r\n|x[\da-fA-F]{2}|u[\da-fA-F]{4}` +
    String.raw`|U00(?:0[\da-fA-F]|10)[\da-fA-F]{4})`,
  'g',
)

/** Whether a text ends at its first closing quote. */
const isClosed = (text: string, quote: string): boolean =>
  text.length > 1 && text.endsWith(quote) && !text.slice(1, -1).includes(quote)

type Test = (source: string) => boolean

const matches =
  (pattern: RegExp): Test =>
  source =>
    pattern.test(source)

const withTab = 'has a tab'
const notClosed = 'has a quoted text that is not closed'

/** The accepted form of each kind, and the error for another one. */
const shapes: Readonly<Record<string, readonly [Test, string, string?]>> = {
  space: [matches(/^ +$/), withTab, 'write spaces'],
  scalar: [source => !source.includes('\t'), withTab, 'write spaces'],
  anchor: [
    matches(/^&[\w-]+$/),
    'has an anchor that is not a word',
    'text needs quotes',
  ],
  alias: [
    matches(/^\*[\w-]+$/),
    'has an alias that is not a word',
    'text needs quotes',
  ],
  // A pattern for the whole text would need too much memory if it is long.
  'double-quoted-scalar': [
    source => {
      const rest = source.replaceAll(escapeForm, '')
      return isClosed(rest, '"') && !rest.includes('\\')
    },
    `${notClosed}, or has an unknown escape in it`,
  ],
  'single-quoted-scalar': [
    source => isClosed(`'${source.slice(1).replaceAll("''", '')}`, "'"),
    notClosed,
  ],
  'block-scalar-header': [
    matches(/^[|>](?:[+-]?[1-9]?|[1-9][+-])$/),
    'has something after | or > that does not belong there',
  ],
  'directive-line': [
    matches(/^%YAML 1\.[12]$/),
    'has a % directive that cook does not support',
  ],
  'explicit-key-ind': [() => false, 'has a ? before a key'],
}

/** What is wrong with a piece, wherever it is. */
export const lexemeFault = ({
  type,
  source,
  at,
}: Lexeme): Found | undefined => {
  const [shape, fault = '', hint] = shapes[type] ?? []
  return shape?.(source) === false
    ? { at, fault, ...(hint && { hint }) }
    : undefined
}

/** The first character that PyYAML understands differently from others. */
export const strangeIn = (text: string): Found | undefined => {
  const found = text.match(strange)
  if (found === null) {
    return undefined
  }
  const code = found[0].codePointAt(0)!.toString(16).padStart(4, '0')
  return {
    at: found.index ?? 0,
    fault: `has the character U+${code.toUpperCase()}`,
    hint: `write it as \\u${code} between double quotes`,
  }
}
