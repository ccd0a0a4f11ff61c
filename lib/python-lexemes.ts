// The pieces of a YAML text that PyYAML knows, one by one.

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

/** How they have to look, and what is wrong with one that does not. */
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

/** What is wrong with a piece, wherever it stands. */
export const lexemeFault = ({
  type,
  source,
  at,
}: Lexeme): Found | undefined => {
  const [shape, fault = '', hint] = shapes[type] ?? []
  return shape?.test(source) === false
    ? { at, fault, ...(hint && { hint }) }
    : undefined
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
