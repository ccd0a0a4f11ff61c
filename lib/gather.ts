import { parse as parseDotenv } from 'dotenv'
import type { Flag } from './command-line.ts'
import type { Host } from './host.ts'
import { nearest } from './nearest.ts'
import { isSecret, rows, type Row } from './params.ts'
import { paths } from './paths.ts'
import { parsePotEnvironment, readPotLines } from './pot-environment.ts'
import type { Report } from './report.ts'
import { Secret } from './secret.ts'

/** A value as it was given, not judged yet. */
export interface Raw {
  value: string | Secret
  source: string
}

/** What was given, by parameter name. Defaults are not in it. */
export type Gathered = ReadonlyMap<string, Raw>

/** A place that gives variables, by any name. */
interface Source {
  name: string
  variables: ReadonlyMap<string, string>
}

const decode = (
  path: string,
  content: Buffer,
  report: Report,
): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    report.error(path, undefined, 'is not UTF-8 text')
    return undefined
  }
}

const potSource = (host: Host, path: string, report: Report): Source => {
  const none = { name: path, variables: new Map<string, string>() }
  const found = host.readOwned(path)
  if (found === undefined) {
    return none
  }
  if (!found.own) {
    // /tmp is everybody's: a service's user may have put the file there.
    report.warning(path, undefined, 'does not belong to root: not read')
    return none
  }
  if (!found.alone && path === paths.potEnvironment) {
    const message =
      'has another name (a hard link), and so may be another file of ' +
      "root's: remove it, and let pot write it anew"
    report.error(path, undefined, message)
    return none
  }
  const parsed = parsePotEnvironment(
    decode(path, found.content, report) ?? '',
  )
  if (typeof parsed === 'number') {
    report.error(path, undefined, `line ${parsed} is not export "NAME=value"`)
    return none
  }
  return { name: path, variables: parsed }
}

const fileSource = (host: Host, path: string, report: Report): Source => {
  const content = host.readNamed(path)
  if (content === undefined) {
    report.error('--env-file', 'flag', `${path}: no such file`)
  }
  const text = decode(path, content ?? Buffer.alloc(0), report) ?? ''
  const { values, rest } = readPotLines(text)
  return {
    name: path,
    variables: new Map([...Object.entries(parseDotenv(rest)), ...values]),
  }
}

const wrap = (row: Row, value: string, source: string): Raw => ({
  value: isSecret(row) ? new Secret(value) : value,
  source,
})

const fromFile = (
  host: Host,
  row: Row,
  path: string,
  source: string,
  report: Report,
): Raw | undefined => {
  const content = host.readNamed(path)
  if (content === undefined) {
    report.error(`${row.name}_FILE`, source, `${path}: no such file`)
    return undefined
  }
  const text = decode(path, content, report)
  // Editors end a file with a line break that is no part of the secret.
  return text === undefined
    ? undefined
    : wrap(row, text.replace(/\r?\n$/, ''), `${source}, ${path}`)
}

const fromSource = (
  host: Host,
  source: Source,
  report: Report,
): Map<string, Raw> => {
  const found = new Map<string, Raw>()
  for (const row of rows) {
    const value = source.variables.get(row.name)
    const file = isSecret(row)
      ? source.variables.get(`${row.name}_FILE`)
      : undefined
    if (value && file) {
      const both = `given together with ${row.name}_FILE: leave one out`
      report.error(row.name, source.name, both)
    }
    // Empty is how an environment says "not given".
    const raw = file
      ? fromFile(host, row, file, source.name, report)
      : value
        ? wrap(row, value, source.name)
        : undefined
    if (raw !== undefined) {
      found.set(row.name, raw)
    }
  }
  return found
}

const known = new Set(
  rows.flatMap(row => [row.name, ...(isSecret(row) ? [`${row.name}_FILE`] : [])]),
)

// In short names one typo is a different word.
const mistakable = [...known].filter(name => name.length > 3)

const warnOfTypos = (source: Source, report: Report): void => {
  for (const name of source.variables.keys()) {
    const near =
      known.has(name) || name.length <= 3
        ? undefined
        : nearest(name, mistakable, 1)
    if (near !== undefined) {
      report.warning(name, source.name, `ignored: did you mean ${near}?`)
    }
  }
}

const fallbacks = (sources: readonly Source[]): Map<string, Raw> => {
  const found = new Map<string, Raw>()
  for (const row of rows) {
    for (const { name, variables } of sources) {
      const value = row.fallback ? variables.get(row.fallback) : undefined
      if (value) {
        const joined = value.trim().split(/[\s,]+/).join(',')
        found.set(row.name, wrap(row, joined, `${row.fallback}, ${name}`))
      }
    }
  }
  return found
}

const fromFlags = (
  host: Host,
  flags: readonly Flag[],
  report: Report,
): Map<string, Raw> => {
  const found = new Map<string, Raw>()
  for (const { row, value, isFile } of flags) {
    const raw = isFile
      ? fromFile(host, row, value, 'flag', report)
      : wrap(row, value, 'flag')
    if (raw !== undefined) {
      found.set(row.name, raw)
    }
  }
  return found
}

/**
 * Collects the parameters from every place that may give them; later places
 * win: the last record, /tmp/environment.sh, the process environment, the
 * files of --env-file, flags. The record counts only when no environment
 * names DOMAIN, for a run by hand.
 */
export const gather = (
  host: Host,
  environment: Readonly<Record<string, string | undefined>>,
  envFiles: readonly string[],
  flags: readonly Flag[],
  report: Report,
): Gathered => {
  const own: Source = {
    name: 'environment',
    variables: new Map(
      Object.entries(environment).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value] as const],
      ),
    ),
  }
  const sources = [
    potSource(host, paths.potEnvironment, report),
    own,
    ...envFiles.map(path => fileSource(host, path, report)),
  ]
  for (const source of sources) {
    warnOfTypos(source, report)
  }
  const named = sources.some(({ variables }) => variables.get('DOMAIN'))
  const record = named ? [] : [potSource(host, paths.recordedParams, report)]
  const given = [
    ...[...record, ...sources].map(each => fromSource(host, each, report)),
    fromFlags(host, flags, report),
  ]
  return new Map([fallbacks(sources), ...given].flatMap(each => [...each]))
}
