import { readEnvFile } from '../formats/env-file.ts'
import { warnOfFleeting, type Value } from './fleeting.ts'
import type { Host } from '../host/host.ts'
import { readOrFault } from './named-file.ts'
import { rows } from './params.ts'
import { isSecret, type Row } from './row.ts'
import { paths } from '../contract/paths.ts'
import { parsePotEnvironment } from '../formats/pot-environment.ts'
import type { Report } from '../contract/report.ts'
import { Secret } from '../contract/secret.ts'
import { warnOfTypos, type Source } from './typos.ts'

/** A parameter from argv: its value, or the path of a file with the value. */
export interface Flag {
  row: Row
  value: string
  isFile: boolean
}

/** A value as it was given, not validated yet. */
export type Raw = Value

/** The values that were given, by parameter name, without defaults. */
export type Gathered = ReadonlyMap<string, Raw>

/** @param wrong reports an error */
const decode = (
  content: Buffer,
  wrong: (message: string) => void,
): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    wrong('is not UTF-8 text')
    return undefined
  }
}

const potSource = (host: Host, path: string, report: Report): Source => {
  const none = { name: path, variables: new Map<string, string>() }
  const found = host.readOwned(path)
  if (found === undefined) {
    return none
  }
  // Every user can write to /tmp: the file may be from a service's user, or a
  // hard link to another file of root's.
  const isAlone = path === paths.recordedParams || found.alone
  if (!found.own || !isAlone) {
    const message = found.own
      ? "has more than one hard link, so it may be another file of root's"
      : 'is not owned by root'
    report.warning(path, undefined, `${message}: not read`)
    return none
  }
  const wrong = (message: string) => report.error(path, undefined, message)
  const parsed = parsePotEnvironment(decode(found.content, wrong) ?? '')
  if (typeof parsed === 'number') {
    wrong(`line ${parsed} is not export "NAME=value"`)
    return none
  }
  return { name: path, variables: parsed }
}

const fileSource = (host: Host, path: string, report: Report): Source => {
  const content = readOrFault(
    host.readNamed,
    path,
    '--env-file',
    'flag',
    report,
  )
  const tell = (message: string) => report.error(path, undefined, message)
  const text = decode(content ?? Buffer.alloc(0), tell) ?? ''
  const { values, wrong } = readEnvFile(text)
  if (wrong !== undefined) {
    tell(`line ${wrong} is not NAME=value, or its quotes are wrong`)
  }
  return { name: path, variables: values }
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
  const name = `${row.name}_FILE`
  const content = readOrFault(host.readNamed, path, name, source, report)
  if (content === undefined) {
    return undefined
  }
  const text = decode(content, message =>
    report.error(name, source, `${path}: ${message}`),
  )
  // Editors end a file with a line break that is not part of the secret.
  return text === undefined
    ? undefined
    : {
        ...wrap(row, text.replace(/\r?\n$/, ''), `${source}, ${path}`),
        file: path,
      }
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
      const both = `is set together with ${row.name}_FILE: set only one`
      report.error(row.name, source.name, both)
    }
    // In an environment, an empty value means "not given".
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

const fallbacks = (sources: readonly Source[]): Map<string, Raw> => {
  const found = new Map<string, Raw>()
  for (const row of rows) {
    for (const { name, variables } of sources) {
      const value = row.fallback ? variables.get(row.fallback) : undefined
      if (value) {
        const joined = value
          .trim()
          .split(/[\s,]+/)
          .join(',')
        found.set(row.name, wrap(row, joined, `${row.fallback}, ${name}`))
      }
    }
  }
  return found
}

/** The value of an empty flag: it removes the parameter. */
const taken: Raw = { value: '', source: 'flag' }

const fromFlags = (
  host: Host,
  flags: readonly Flag[],
  report: Report,
): Map<string, Raw> => {
  const found = new Map<string, Raw>()
  for (const { row, value, isFile } of flags) {
    const raw =
      value === ''
        ? taken
        : isFile
          ? fromFile(host, row, value, 'flag', report)
          : wrap(row, value, 'flag')
    if (raw !== undefined) {
      found.set(row.name, raw)
    }
  }
  return found
}

const merge = (all: readonly Gathered[]): Map<string, Raw> =>
  new Map(all.flatMap(each => [...each]))

/**
 * Collects the parameters from all sources. Later sources win: the last record,
 * /tmp/environment.sh, the process environment, the files of --env-file, flags.
 * The record counts only if no environment has DOMAIN: that is a run by hand.
 * An empty flag removes what other sources give.
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
  const pot = potSource(host, paths.potEnvironment, report)
  const others = [own, ...envFiles.map(path => fileSource(host, path, report))]
  const sources = [pot, ...others]
  for (const source of sources) {
    warnOfTypos(source, report)
  }
  const read = (source: Source) => fromSource(host, source, report)
  const isNamed = sources.some(({ variables }) => variables.get('DOMAIN'))
  const last = isNamed ? [] : [potSource(host, paths.recordedParams, report)]
  const fromPot = read(pot)
  const now = merge([...others.map(read), fromFlags(host, flags, report)])
  if (host.live) {
    const all = merge([fallbacks([pot]), fromPot])
    const values = { variables: pot.variables, given: fromPot, all }
    warnOfFleeting(host, values, now, report)
  }
  const given = [...merge([...last.map(read), fromPot, now])]
  return merge([
    fallbacks([...last, ...sources]),
    new Map(given.filter(([, raw]) => raw !== taken)),
  ])
}

/** The parameters of the last run alone, as it recorded them. */
export const gatherRecorded = (host: Host, report: Report): Gathered => {
  const last = potSource(host, paths.recordedParams, report)
  return merge([fallbacks([last]), fromSource(host, last, report)])
}
