// The sources of parameters: each text in the notation of its source.

import { rows } from '../../lib/params/params.ts'
import type { Row } from '../../lib/params/row.ts'
import { secrets, type Given } from '../small/given.ts'

/** The input of a run: files by their paths in the jail, and the rest. */
export interface Gift {
  files: Readonly<Record<string, string>>
  environment: Given
  argv: readonly string[]
}

export interface Way {
  /** Whether each text is one line, and a text with line breaks is an error. */
  byLines: boolean
  /** The text that arrives; undefined if the source cannot carry it. */
  arriving: (text: string) => string | undefined
  give: (given: Given) => Gift
}

// A string of C ends at NUL, and an invalid character becomes U+FFFD.
const asBytes = (text: string): string | undefined =>
  text.includes('\0') ? undefined : text.toWellFormed()

const nothing: Gift = { files: {}, environment: {}, argv: [] }

type Pair = readonly [name: string, text: string]

const asLines = (
  pairs: readonly Pair[],
  line: (name: string, text: string) => string,
): string => pairs.map(([name, text]) => `${line(name, text)}\n`).join('')

const potLine = (name: string, text: string): string =>
  `export "${name}=${text.replaceAll('"', '\\"')}"`

/** /tmp/environment.sh as pot's set-env and start write it: pot-writes.test. */
export const potText = (pairs: readonly Pair[]): string =>
  asLines(pairs, potLine) +
  'export _POT_NAME=matrix\nexport _POT_IP=10.192.0.5\n'

// The shell that pot runs for it strips trailing line breaks. The others
// make several lines of one, whose meaning is ambiguous.
const asPot = (text: string): string | undefined =>
  asBytes(text)?.replace(/\n+$/, '') || undefined

const environmentSh = '/tmp/environment.sh'

const pot: Way = {
  byLines: true,
  arriving: asPot,
  give: given => ({
    ...nothing,
    files: { [environmentSh]: potText(Object.entries(given)) },
  }),
}

/**
 * The notations of dotenv that can carry a text: bare, if nothing around it
 * would be lost; in quotes that it does not contain. In double quotes \n is a
 * line break. A backslash would escape the closing quote.
 */
export const dotenvForms = (text: string): string[] =>
  [
    /^(?!['"`])[^#\r\n\u2028\u2029]+$/.test(text) && text === text.trim()
      ? [text]
      : [],
    ...["'", '`'].map(quote =>
      text.includes(quote) || text.endsWith('\\') ? [] : [quote + text + quote],
    ),
    /"|\\[nr]|\\$/.test(text) ? [] : [`"${text}"`],
  ].flat()

// The notations of pot and sh are read too, with spaces and a comment around
// them. Only in a file that is all pot's can one tell what a backslash at the
// end belongs to.
const envFileLines = (name: string, text: string): string[] => {
  const quoted = `'${text.replaceAll("'", `'\\''`)}'`
  return [
    ...dotenvForms(text).flatMap(form => [
      `${name}=${form}`,
      `export ${name}=${form}`,
      `${name} = ${form} `,
      `${name}=${form} # a comment`,
    ]),
    ...(text.endsWith('\\')
      ? []
      : [potLine(name, text), ` ${potLine(name, text)} # "a comment"`]),
    `export ${name}=${quoted}`,
    ` ${name}=${quoted} `,
    ...(text.endsWith('\\') ? [] : [`export ${name}=${quoted} # it's one`]),
  ]
}

/** One notation, a different one for each text. */
const envFileLine = (name: string, text: string): string => {
  const lines = envFileLines(name, text)
  return lines[(text.length * 7 + name.length) % lines.length] ?? ''
}

const envFile: Way = {
  byLines: true,
  arriving: asBytes,
  give: given => ({
    ...nothing,
    files: { '/root/cook.env': asLines(Object.entries(given), envFileLine) },
    argv: ['--env-file', '/root/cook.env'],
  }),
}

/** The same only in notations of dotenv. */
const dotenv: Way = {
  byLines: true,
  arriving: text => (dotenvForms(text).length > 0 ? asBytes(text) : undefined),
  give: given => ({
    ...nothing,
    files: {
      '/root/.env': asLines(Object.entries(given), (name, text) => {
        const forms = dotenvForms(text)
        return `${name}=${forms[text.length % forms.length]}`
      }),
    },
    argv: ['--env-file=/root/.env'],
  }),
}

const partOf = (given: Given, isIn: (name: string) => boolean): Given =>
  Object.fromEntries(Object.entries(given).filter(([name]) => isIn(name)))

const secretFile = (name: string): string => `/root/secrets/${name}`

// A byte order mark and a trailing line break are not part of a secret.
const inFile = (text: string): string =>
  text.replace(/^\ufeff/, '\ufeff\ufeff') + (/\r$/.test(text) ? '\r\n' : '\n')

/** Secrets in files that the environment names; the others in it. */
const files: Way = {
  byLines: false,
  arriving: asBytes,
  give: given => {
    const names = Object.keys(given).filter(name => secrets.has(name))
    return {
      ...nothing,
      files: Object.fromEntries(
        names.map(name => [secretFile(name), inFile(given[name]!)]),
      ),
      environment: {
        ...partOf(given, name => !secrets.has(name)),
        ...Object.fromEntries(
          names.map(name => [`${name}_FILE`, secretFile(name)]),
        ),
      },
    }
  },
}

const flagsOf = (row: Row, text: string, index: number): string[] =>
  index % 2 === 0 ? [`--${row.flag}=${text}`] : [`--${row.flag}`, text]

const flags: Way = {
  byLines: false,
  arriving: asBytes,
  give: given => ({
    ...nothing,
    argv: rows.flatMap((row, index) => {
      const text = given[row.name]
      return text === undefined ? [] : flagsOf(row, text, index)
    }),
  }),
}

/** All parameters in the process environment. */
const environment: Way = {
  byLines: false,
  arriving: asBytes,
  give: given => ({ ...nothing, environment: given }),
}

export const ways = {
  '/tmp/environment.sh': pot,
  '--env-file': envFile,
  '.env': dotenv,
  NAME_FILE: files,
  flags,
  environment,
}

export type WayName = keyof typeof ways

export const wayNames = Object.keys(ways) as WayName[]
