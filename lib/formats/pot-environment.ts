import { exit, Failure } from '../contract/failure.ts'
import { singleQuoted } from './sh.ts'

const beginning = /^export "[A-Za-z_]\w*=/

// pot does not escape backslashes. So `\"` at the end of a line is either an
// escaped quote before a line break in the value, or a backslash and the
// closing quote. The following lines decide: the value continues if another
// line ends with a quote before pot's next variable. A line inside the value
// cannot look like a variable of pot, because its quote would be escaped.
const isEnd = (lines: readonly string[], index: number): boolean => {
  const line = lines[index] ?? ''
  if (!/\\"\r?$/.test(line)) {
    return /"\r?$/.test(line)
  }
  const after = lines
    .slice(index + 1)
    .find(each => beginning.test(each) || /"\r?$/.test(each))
  return after === undefined || beginning.test(after)
}

/** A variable, and the index of its last line. */
interface Assigned {
  name: string
  value: string
  last: number
}

/** A notation for variables: parses the one that begins at a line, if any. */
export type Form = (
  lines: readonly string[],
  first: number,
) => Assigned | undefined

/** As many lines as a value can have: a longer one is an error anyway. */
export const linesFrom = (lines: readonly string[], first: number): string[] =>
  lines.slice(first, first + 1000)

const bareQuote = /(?<!\\)"/

/** pot's notation: `export "NAME=value"`, with only double quotes escaped. */
export const potForm: Form = (lines, first) => {
  if (!beginning.test(lines[first] ?? '')) {
    return undefined
  }
  const rest = linesFrom(lines, first)
  const count = rest.findIndex((_, index) => isEnd(rest, index)) + 1
  const whole = rest.slice(0, count).join('\n')
  // The flag s: a value may have line breaks, and U+2028 is not one.
  const [, name, value] = whole.match(/^export "(\w+)=(.*)"\r?$/s) ?? []
  // An unescaped quote ends another value.
  return name !== undefined && value !== undefined && !bareQuote.test(value)
    ? { name, value: value.replaceAll('\\"', '"'), last: first + count - 1 }
    : undefined
}

const shellLine = /^export ([A-Za-z_]\w*)='([^']*(?:'\\''[^']*)*)'\r?(?![^\n])/

// A value can have several lines. It is an error later, but its lines must not
// be parsed as other variables.
const shellForm: Form = (lines, first) => {
  if (!/^export \w+='/.test(lines[first] ?? '')) {
    return undefined
  }
  const rest = linesFrom(lines, first).join('\n')
  const [whole = '', name, quoted = ''] = rest.match(shellLine) ?? []
  return name === undefined
    ? undefined
    : {
        name,
        value: quoted.replaceAll(`'\\''`, "'"),
        last: first + whole.split('\n').length - 1,
      }
}

// pot's own variables. In a jail with an alias on an interface of the host, one
// of them lists the names of others, separated by `\ `, or by a plain space in
// older versions.
const ownLine = /^export (_POT_\w+)=([^"'`$]*?)\r?$/

const plainLine = /^(?:export )?([A-Za-z_]\w*)=([^\s"'`$\\]*)\r?$/

const plainForm: Form = (lines, first) => {
  const line = lines[first] ?? ''
  const [, name, value] = line.match(ownLine) ?? line.match(plainLine) ?? []
  return name !== undefined && value !== undefined
    ? { name, value: value.replaceAll(/\\(.)/g, '$1'), last: first }
    : undefined
}

/**
 * Parses lines in these notations. The last assignment to a name wins, as in
 * sh(1). Any other line is an error and not skipped: it may belong to a value.
 * @returns the values, and the number of the first line that is an error
 */
export const readForms = (
  text: string,
  forms: readonly Form[],
): { values: Map<string, string>; wrong: number | undefined } => {
  const values = new Map<string, string>()
  const lines = text.split('\n')
  let wrong: number | undefined
  for (let index = 0; index < lines.length; index++) {
    if (/^\s*(#.*)?$/s.test(lines[index] ?? '')) {
      continue
    }
    let found: Assigned | undefined
    for (const form of forms) {
      found ??= form(lines, index)
    }
    if (found === undefined) {
      wrong ??= index + 1
    } else {
      values.set(found.name, found.value)
      index = found.last
    }
  }
  return { values, wrong }
}

/**
 * Reads a file of pot as data, without a shell: pot's notation, the lines that
 * cook writes for sh(1) (`export NAME='value'`), and pot's own variables
 * (`export NAME=value`).
 * @returns the values, or the number of the first line that is an error
 */
export const parsePotEnvironment = (
  text: string,
): Map<string, string> | number => {
  const { values, wrong } = readForms(text, [potForm, shellForm, plainForm])
  return wrong ?? values
}

// What sh(1) would change in double quotes.
const odd = /[\\$`]/

/**
 * Lines that both `parsePotEnvironment` and sh(1) read back unchanged: pot's
 * notation if both read it alike, otherwise single quotes.
 * @throws {Failure} exit 70 for a line break: pot's notation has none, and
 *   `check` refuses them.
 */
export const renderEnvironment = (
  values: Iterable<readonly [string, string]>,
): string =>
  [...values]
    .map(([name, value]) => {
      if (/[\r\n]/.test(value)) {
        throw new Failure(exit.software, `${name} contains a line break`)
      }
      return odd.test(value)
        ? `export ${name}=${singleQuoted(value)}\n`
        : `export "${name}=${value.replaceAll('"', '\\"')}"\n`
    })
    .join('')
