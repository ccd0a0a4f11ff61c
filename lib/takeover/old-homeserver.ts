// A homeserver.yaml that somebody else wrote, potluck's shell cook for one: it
// put values into the text with sed, so that a quote in one of them leaves
// something that is no YAML any more.

import { readKeys } from '../services/synapse/overlays/read-overlay.ts'

/** What is taken over from such a file, or has to be where cook has it. */
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

// What stands between the outer quotes, whatever it is.
const between = (text: string): string =>
  text.match(/^"(.*?)"?$/)?.[1] ?? text.match(/^'(.*?)'?$/)?.[1] ?? text

// To PyYAML a comment may begin right after a closing quote.
const withoutComment = (rest: string): string =>
  rest.replace(/^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')#.*/s, '$1')

/** A value that stands on the line of its key. */
const scalar = (rest: string): string => {
  const value = parse(`key: ${withoutComment(rest)}\n`)?.['key']
  return typeof value === 'string'
    ? value
    : value === null
      ? ''
      : between(rest.trim())
}

/** The text of a key, by its line: the last one, as PyYAML takes it. */
const byLine = (text: string, key: string, depth: string): string | undefined =>
  [
    ...text.matchAll(
      new RegExp(`^${depth}${key}[ \\t]*:(?:[ \\t]+(.*?))?\\r?$`, 'gm'),
    ),
  ]
    .map(([, rest]) => (rest === undefined ? undefined : scalar(rest)))
    .findLast(value => value !== undefined)

/** The lines below a key, up to the next one at the left. */
const below = (text: string, key: string): string =>
  text.match(
    new RegExp(`^${key}[ \\t]*:.*\\n((?:[ \\t#].*\\n|\\r?\\n)*)`, 'm'),
  )?.[1] ?? ''

const byLines = (text: string, [key, ...rest]: Names): string | undefined =>
  rest.length === 0
    ? byLine(text, key, '')
    : byLine(below(text, key), rest.at(-1) ?? '', '[ \\t]+')

// The yaml package takes `"a\"` for closed where the next line has a key.
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
    // Where it is YAML, what is not there is nowhere; other types have the
    // text that stands there.
    const isMissing = keys !== undefined && (found ?? undefined) === undefined
    const value =
      typeof found === 'string' && !endsEscaped(text, names.at(-1) ?? '')
        ? found
        : isMissing
          ? undefined
          : byLines(text, names)
    // sed leaves the mark of a value for which it had none.
    return value === '' || /^%%\w+%%$/.test(value ?? '') ? undefined : value
  }
}

/** Reads it as YAML, and where it is none line by line. */
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
