// A file of --env-file: lines as in any .env file, and those of pot and of sh.

import { parse as parseDotenv } from 'dotenv'
import { linesFrom, potForm, readForms, type Form } from './pot-environment.ts'

// What goes before and after a value of pot's. Of a quote after a backslash
// nobody could tell whether it is the last one.
const aroundPot =
  /^[ \t]*export[ \t]+("[^"\\]*(?:\\(?:"|(?!"))[^"\\]*)*")(?:[ \t]+#.*|[ \t]*)\r?$/s

const tidyPotForm: Form = (lines, first) => {
  const [, quoted] = lines[first]?.match(aroundPot) ?? []
  const found = quoted && potForm([`export ${quoted}`], 0)
  return found ? { ...found, last: first } : undefined
}

// Between these all is as in sh; but who means by \' what dotenv does has
// written no comment after it.
const single = `'[^']*(?:'\\\\''[^']*)*'(?!(?<=\\\\')[ \\t]+#)`

// Between these dotenv would go on where a backslash stands before the last.
const double = '"(?:[^"]*[^"\\\\])?"'
const back = '`(?:[^`]*[^`\\\\])?`'

// dotenv drops other blanks at the ends, cuts at each #, and takes U+2028 for
// the end of a line.
const bare = `[^\\s'"\`#](?:[^#\\r\\n\\u2028\\u2029]*[^\\s#])?`

const assignment = new RegExp(
  '^[ \\t]*(?:export[ \\t]+)?([\\w.-]+)[ \\t]*=' +
    `(?:[ \\t]*(${single}|${double}|${back}|${bare}))?` +
    '(?:[ \\t]+#[^\\n]*|[ \\t]*)\\r?(?![^\\n])',
)

const read = (text: string): string =>
  text.startsWith("'")
    ? text.slice(1, -1).replaceAll(`'\\''`, "'")
    : (parseDotenv(`V=${text}`)['V'] ?? '')

const dotenvForm: Form = (lines, first) => {
  const [whole, name, text = ''] =
    lines[first]?.match(assignment) ??
    linesFrom(lines, first).join('\n').match(assignment) ??
    []
  return whole === undefined || name === undefined
    ? undefined
    : { name, value: read(text), last: first + whole.split('\n').length - 1 }
}

/**
 * Reads a file of --env-file, as data. Nothing is guessed: what these forms do
 * not tell exactly is a fault.
 * @returns the values, and the number of the first line that is not understood
 */
export const readEnvFile = (
  text: string,
): { values: Map<string, string>; wrong: number | undefined } =>
  readForms(text, [potForm, tidyPotForm, dotenvForm])
