import { exit, Failure } from '../contract/failure.ts'
import { singleQuoted } from './sh.ts'

const beginning = /^export "[A-Za-z_]\w*=/

// pot does not escape backslashes, so `\"` at the end of a line is either an
// escaped quote before a line break of the value, or a backslash and the end.
// What comes after tells: the value goes on if another line ends with a quote
// before pot's next variable. Lines in it may look like anything but that one,
// whose quote would be escaped.
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

/** A variable, and the index of the last of its lines. */
interface Assigned {
  name: string
  value: string
  last: number
}

/** A way to write a variable: what begins at a line, if it is this way's. */
export type Form = (
  lines: readonly string[],
  first: number,
) => Assigned | undefined

/** Those that a value can have: with more lines it is refused anyway. */
export const linesFrom = (lines: readonly string[], first: number): string[] =>
  lines.slice(first, first + 1000)

const bareQuote = /(?<!\\)"/

/** pot's own: `export "NAME=value"`, in which only double quotes are escaped. */
export const potForm: Form = (lines, first) => {
  if (!beginning.test(lines[first] ?? '')) {
    return undefined
  }
  const rest = linesFrom(lines, first)
  const count = rest.findIndex((_, index) => isEnd(rest, index)) + 1
  const whole = rest.slice(0, count).join('\n')
  // s: a value may have line breaks, and U+2028 is none to anybody else.
  const [, name, value] = whole.match(/^export "(\w+)=(.*)"\r?$/s) ?? []
  // A bare quote is the end of another value.
  return name !== undefined && value !== undefined && !bareQuote.test(value)
    ? { name, value: value.replaceAll('\\"', '"'), last: first + count - 1 }
    : undefined
}

const shellLine = /^export ([A-Za-z_]\w*)='([^']*(?:'\\''[^']*)*)'\r?(?![^\n])/

// Over several lines as well: such a value is refused, and who reads the first
// line alone would take something else for it.
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

// What pot says of itself: of a jail with aliases of the host's interfaces it
// lists the names of its variables too, with `\ ` between them, and older
// versions with a bare space.
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
 * Reads a text of lines in these forms; of several for a name the last counts,
 * as in sh. What is not understood is a fault, and not passed over: it may
 * belong to a value.
 * @returns the values, and the number of the first line that is not understood
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
 * Reads a file of pot's, as data and never as shell: pot's form, the lines that
 * cook writes besides, as sh reads them (`export NAME='value'`), and what pot
 * says of itself (`export NAME=value`).
 * @returns the values, or the number of the line that is not understood
 */
export const parsePotEnvironment = (
  text: string,
): Map<string, string> | number => {
  const { values, wrong } = readForms(text, [potForm, shellForm, plainForm])
  return wrong ?? values
}

// What sh would make something else of between double quotes.
const odd = /[\\$`]/

/**
 * Lines that both `parsePotEnvironment` and sh(1) read back unchanged: pot's
 * form where the two agree on it, else between single quotes.
 * @throws {Failure} exit 70 for a line break, which the form cannot hold and
 *   the checks refuse.
 */
export const renderEnvironment = (
  values: Iterable<readonly [string, string]>,
): string =>
  [...values]
    .map(([name, value]) => {
      if (/[\r\n]/.test(value)) {
        throw new Failure(exit.software, `${name} has a line break in it`)
      }
      return odd.test(value)
        ? `export ${name}=${singleQuoted(value)}\n`
        : `export "${name}=${value.replaceAll('"', '\\"')}"\n`
    })
    .join('')
