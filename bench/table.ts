// The measured values as one table for people, and the result of each goal.

import { doubt, max, median, min, ratio, type Series } from './figures.ts'

/** A goal: at most so many times another value, or at most so much. */
export type Goal = { times: number } | { most: number }

export interface Row {
  what: string
  /** Whose figure it is: an executable of cook, or a person. */
  who: string
  unit: 'ms' | 'MiB'
  values: Series
  /** What the values are compared with, round by round. */
  to?: Series
  goal?: Goal
}

/** `noise`: the values are not certain enough to decide. */
export type Verdict = 'met' | 'MISSED' | 'noise'

/**
 * Whether the goal of a row is met; without any value it is not. A limit holds
 * for every round.
 */
export const verdict = ({ values, to, goal }: Row): Verdict | undefined => {
  if (goal === undefined) {
    return undefined
  }
  const most = 'times' in goal ? goal.times : goal.most
  const [low, high] =
    'times' in goal ? doubt(values, to ?? []) : [max(values), max(values)]
  return !Number.isFinite(high) || low > most
    ? 'MISSED'
    : high <= most
      ? 'met'
      : 'noise'
}

const shown = (value: number): string => value.toFixed(value < 1000 ? 1 : 0)

const shownRatio = (value: number): string =>
  value.toFixed(Math.abs(value) < 0.1 ? 3 : 2)

const goalText = ({ goal, unit }: Row): string =>
  goal === undefined
    ? ''
    : 'times' in goal
      ? `at most ${goal.times} x`
      : `at most ${goal.most} ${unit}`

const rangeOf = ({ values, to }: Row): string =>
  to === undefined || to === values
    ? ''
    : doubt(values, to).map(shownRatio).join(' to ')

const header = [
  ...['', 'cook', 'rounds', 'min', 'median', 'max', '', 'ratio', '95 %'],
  ...['goal', ''],
]

const cells = (row: Row): string[] => [
  row.what,
  row.who,
  String(row.values.length),
  ...[min, median, max].map(figure => shown(figure(row.values))),
  row.unit,
  row.to === undefined ? '' : `${shownRatio(ratio(row.values, row.to))} x`,
  rangeOf(row),
  goalText(row),
  verdict(row) ?? '',
]

// The last digits of figures are below each other.
const isFigure = (column: number): boolean => column >= 2 && column <= 8

/** A table in Markdown that is readable as text. */
export const renderTable = (rows: readonly Row[]): string => {
  const lines = [header, ...rows.map(cells)]
  const widths = header.map((_, column) =>
    Math.max(...lines.map(line => line[column]!.length), 2),
  )
  const rule = widths.map((width, column) =>
    isFigure(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  )
  const fill = (text: string, column: number): string =>
    isFigure(column)
      ? text.padStart(widths[column]!)
      : text.padEnd(widths[column]!)
  const [first, ...others] = lines.map(line => line.map(fill))
  return [first!, rule, ...others]
    .map(line => `| ${line.join(' | ')} |\n`)
    .join('')
}
