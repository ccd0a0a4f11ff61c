// What the last daily run of cook doctor has found and noted.

import {
  findingRows,
  type FindingName,
} from '../../contract/findings/findings.ts'
import type { Daily, Note } from './look.ts'
import type { Examined } from './examine.ts'
import type { Host } from '../../host/host.ts'
import { mendNow } from '../steps/file.ts'
import { paths } from '../../contract/paths.ts'

/** The record of the daily run. */
export interface DailyRecord {
  /** The name of each finding, as often as it was found. */
  findings: readonly FindingName[]
  notes: Readonly<Record<string, Note>>
}

const format = 1

// In characters: more is not a record of cook's.
const longest = 256 * 1024

// A finding may be made for each of many things.
const most = 200

const isName = (each: unknown): each is FindingName =>
  findingRows.some(({ name }) => name === each)

const notesIn = (all: unknown): Record<string, Note> =>
  Object.fromEntries(
    Object.entries(Object(all)).flatMap(([key, each]) => {
      const { at, value } = Object(each)
      const time = new Date(String(at))
      return Number.isNaN(time.getTime())
        ? []
        : [[key, { at: time, value }] as const]
    }),
  )

/** The record, or undefined if there is none that can be used. */
export const readDaily = (host: Host): DailyRecord | undefined => {
  const text = host.text(paths.findings) ?? ''
  try {
    const {
      format: is,
      findings,
      notes,
    } = Object(JSON.parse(text.length > longest ? '' : text))
    return is === format && Array.isArray(findings)
      ? { findings: findings.filter(isName), notes: notesIn(notes) }
      : undefined
  } catch {
    return undefined
  }
}

/** What looks note, and what was noted before. */
export const dailyOf = (
  record: DailyRecord | undefined,
  isNow: boolean,
  now: () => Date,
): Daily & { notes: () => Record<string, Note> } => {
  const notes: Record<string, Note> = { ...record?.notes }
  return {
    isNow,
    note: (key, value) => {
      notes[key] = { at: now(), value }
    },
    noted: key => record?.notes[key],
    notes: () => notes,
  }
}

const counts = (names: readonly FindingName[]): Map<FindingName, number> =>
  names.reduce(
    (all, name) => all.set(name, (all.get(name) ?? 0) + 1),
    new Map<FindingName, number>(),
  )

/** What has changed since the last daily run. */
export interface Change {
  /** All findings of the new record. */
  findings: FindingName[]
  added: FindingName[]
  gone: FindingName[]
}

/**
 * Compares by names, since the words of a finding have figures. What cannot be
 * seen now is as it was.
 */
export const changeSince = (
  record: DailyRecord | undefined,
  { wrong, unseen }: Pick<Examined, 'wrong' | 'unseen'>,
): Change => {
  const old = record?.findings ?? []
  const hidden = new Set(unseen.flatMap(each => each.unseen))
  const seen = wrong.map(({ finding }) => finding).slice(0, most)
  const kept = old.filter(name => hidden.has(name) && !seen.includes(name))
  const findings = [...seen, ...kept]
  const [before, after] = [counts(old), counts(findings)]
  const more = (a: typeof before, b: typeof before): FindingName[] =>
    [...a].filter(([name, n]) => n > (b.get(name) ?? 0)).map(([name]) => name)
  return { findings, added: more(after, before), gone: more(before, after) }
}

/** Writes the record of this daily run. */
export const writeDaily = (host: Host, record: DailyRecord): Promise<void> =>
  mendNow(
    {
      kind: 'file',
      path: paths.findings,
      content: `${JSON.stringify({ format, ...record }, undefined, 2)}\n`,
      ...{ owner: 'root', group: 'wheel', mode: 0o640 },
    },
    host,
  )
