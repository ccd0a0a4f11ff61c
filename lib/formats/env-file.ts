// A file of --env-file: lines of .env files, of pot, and of sh(1).

import { parse as parseDotenv } from 'dotenv'
import { linesFrom, potForm, readForms, type Form } from './pot-environment.ts'

// Spaces and a comment around a value of pot. After a backslash, it is unclear
// whether a quote is the closing one.
const aroundPot =
  /^[ \t]*export[ \t]+("[^"\\]*(?:\\(?:"|(?!"))[^"\\]*)*")(?:[ \t]+#.*|[ \t]*)\r?$/s

const tidyPotForm: Form = (lines, first) => {
  const [, quoted] = lines[first]?.match(aroundPot) ?? []
  const found = quoted && potForm([`export ${quoted}`], 0)
  return found ? { ...found, last: first } : undefined
}

// In single quotes everything is as in sh(1). A comment after \' is an error:
// dotenv and sh(1) disagree there.
const single = `'[^']*(?:'\\\\''[^']*)*'(?!(?<=\\\\')[ \\t]+#)`

// In these quotes dotenv does not stop at a closing quote after a backslash.
const double = '"(?:[^"]*[^"\\\\])?"'
const back = '`(?:[^`]*[^`\\\\])?`'

// dotenv strips other white space at the ends, cuts at each #, and treats
// U+2028 as a line break.
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
 * Reads a file of --env-file as data. An ambiguous line is an error.
 * @returns the values, and the number of the first line that is an error
 */
export const readEnvFile = (
  text: string,
): { values: Map<string, string>; wrong: number | undefined } =>
  readForms(text, [potForm, tidyPotForm, dotenvForm])
