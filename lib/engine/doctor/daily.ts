// What the last daily run has found: cron(8) sends a mail only if that changes.

import type { Daily, Note } from './look.ts'
import type { Examined } from './examine.ts'
import {
  findingRows,
  rankOf,
  type FindingName,
} from '../../contract/findings/findings.ts'
import type { Host } from '../../host/host.ts'
import { mendNow } from '../steps/file.ts'
import { paths } from '../../contract/paths.ts'

const isName = (each: unknown): each is FindingName =>
  findingRows.some(({ name }) => name === each)

/** The record of the daily run. */
export interface DailyRecord {
  findings: readonly FindingName[]
  /** What its looks have noted, each by its key. */
  notes: Readonly<Record<string, Note>>
}

// In characters: more is not a record of cook's.
const longest = 1024 * 1024

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

/** What is known without such a record. */
export const nothingDaily: DailyRecord = { findings: [], notes: {} }

/** The record of the last daily run; it is empty if nothing is known. */
export const readDaily = (host: Host): DailyRecord => {
  const text = host.text(paths.findings) ?? '{}'
  try {
    const { findings, notes } = Object(
      JSON.parse(text.length > longest ? '{}' : text),
    )
    return {
      findings: Array.isArray(findings) ? findings.filter(isName) : [],
      notes: notesIn(notes),
    }
  } catch (error) {
    if (error instanceof SyntaxError) {
      return { findings: [], notes: {} }
    }
    throw error
  }
}

/**
 * What looks note, and what was noted before.
 * @param isNow whether this run is the daily one
 */
export const dailyOf = (
  { notes: before }: DailyRecord,
  isNow: boolean,
  now: () => Date,
): Daily & { notes: () => Record<string, Note> } => {
  const notes: Record<string, Note> = { ...before }
  return {
    isNow,
    note: (key, value) => {
      notes[key] = { at: now(), value }
    },
    noted: key => (Object.hasOwn(before, key) ? before[key] : undefined),
    notes: () => notes,
  }
}

/** What has changed since the last daily run. */
export interface News {
  /** Whether something is wrong that was not. */
  isWorse: boolean
  /** What was wrong, and is seen to be right. */
  gone: FindingName[]
  /** What is wrong now, or was when it was last seen. */
  findings: FindingName[]
}

/** Compares. What cannot be seen now has not changed. */
export const newsOf = (
  before: readonly FindingName[],
  { wrong, right }: Pick<Examined, 'wrong' | 'right'>,
): News => {
  const now = wrong.map(({ finding }) => finding)
  const gone = before.filter(name => right.includes(name))
  const kept = before.filter(name => !gone.includes(name))
  const findings = [...new Set([...kept, ...now])]
  return {
    isWorse: now.some(name => !before.includes(name)),
    gone,
    findings: findings.sort((a, b) => rankOf(a) - rankOf(b)),
  }
}

/** Records the findings and the notes for later runs. */
export const writeDaily = (host: Host, record: DailyRecord): Promise<void> =>
  mendNow(
    {
      kind: 'file',
      path: paths.findings,
      content: `${JSON.stringify(record, undefined, 2)}\n`,
      ...{ owner: 'root', group: 'wheel', mode: 0o640 },
    },
    host,
  )
