// A homeserver.yaml that cook did not write, such as one of potluck's shell
// cook. That puts values into the text with sed(1): a quote in a value makes
// the file invalid YAML.

import { readKeys } from '../services/synapse/overlays/read-overlay.ts'

/** The values that cook takes over from such a file, or compares. */
export interface OldHomeserver {
  serverName?: string | undefined
  signingKeyPath?: string | undefined
  macaroon?: string | undefined
  form?: string | undefined
  registration?: string | undefined
  /** sqlite3, or another. */
  engine?: string | undefined
  database?: string | undefined
  mediaDir?: string | undefined
}

type Names = readonly [string, ...string[]]

type Keys = Readonly<Record<string, unknown>>

const parse = (text: string): Keys | undefined => {
  try {
    const keys: unknown = readKeys([{ name: '', text }])
    return Object(keys) as Keys
  } catch {
    return undefined
  }
}

// Everything between the outer quotes.
const between = (text: string): string =>
  text.match(/^"(.*?)"?$/)?.[1] ?? text.match(/^'(.*?)'?$/)?.[1] ?? text

// In PyYAML a comment can begin right after a closing quote.
const withoutComment = (rest: string): string =>
  rest.replace(/^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')#.*/s, '$1')

/** A value on the same line as its key. */
const scalar = (rest: string): string => {
  const value = parse(`key: ${withoutComment(rest)}\n`)?.['key']
  return typeof value === 'string'
    ? value
    : value === null
      ? ''
      : between(rest.trim())
}

/** The value of a key, by its line: the last one counts, as in PyYAML. */
const byLine = (text: string, key: string, depth: string): string | undefined =>
  [
    ...text.matchAll(
      new RegExp(`^${depth}${key}[ \\t]*:(?:[ \\t]+(.*?))?\\r?$`, 'gm'),
    ),
  ]
    .map(([, rest]) => (rest === undefined ? undefined : scalar(rest)))
    .findLast(value => value !== undefined)

/** The indented lines below a key. */
const below = (text: string, key: string): string =>
  text.match(
    new RegExp(`^${key}[ \\t]*:.*\\n((?:[ \\t#].*\\n|\\r?\\n)*)`, 'm'),
  )?.[1] ?? ''

const byLines = (text: string, [key, ...rest]: Names): string | undefined =>
  rest.length === 0
    ? byLine(text, key, '')
    : byLine(below(text, key), rest.at(-1) ?? '', '[ \\t]+')

// The yaml package takes `"a\"` for closed if a key is on the next line.
const endsEscaped = (text: string, key: string): boolean =>
  new RegExp(`^[ \\t]*${key}[ \\t]*:.*\\\\"[ \\t]*\\r?$`, 'm').test(text)

/** Finds a value by the names of its keys, the outermost first. */
const finder = (text: string) => {
  const keys = parse(text)
  return (...names: Names): string | undefined => {
    const found = names.reduce<unknown>(
      (all, name) => (Object(all) as Keys)[name],
      keys,
    )
    // In valid YAML a missing key is missing. A value that is not a string is
    // read as the text on its line.
    const isMissing = keys !== undefined && (found ?? undefined) === undefined
    const value =
      typeof found === 'string' && !endsEscaped(text, names.at(-1) ?? '')
        ? found
        : isMissing
          ? undefined
          : byLines(text, names)
    // For a value that was not given, sed(1) left its placeholder.
    return value === '' || /^%%\w+%%$/.test(value ?? '') ? undefined : value
  }
}

/** Reads the file as YAML, or line by line if it is not valid. */
export const readOldHomeserver = (content: string): OldHomeserver => {
  const find = finder(content.replace(/^\ufeff/, ''))
  return {
    serverName: find('server_name'),
    signingKeyPath: find('signing_key_path'),
    macaroon: find('macaroon_secret_key'),
    form: find('form_secret'),
    registration: find('registration_shared_secret'),
    engine: find('database', 'name'),
    database: find('database', 'args', 'database'),
    mediaDir: find('media_store_path'),
  }
}
