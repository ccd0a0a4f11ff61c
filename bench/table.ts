// What was measured, as one table for people, and which goals were missed.

import { max, median, min, ratio, type Series } from './figures.ts'

/** A goal: at most so many times something else, or at most so much. */
export type Goal = { times: number } | { most: number }

export interface Row {
  what: string
  /** Whose figure it is: an executable of cook's, or a person's. */
  who: string
  unit: 'ms' | 'MiB'
  values: Series
  /** What the values are compared with, round by round. */
  to?: Series
  goal?: Goal
}

/** What is held against the goal; an upper limit is one for every round. */
const judged = ({ values, to, goal }: Row): number =>
  goal && 'times' in goal ? ratio(values, to ?? []) : max(values)

/** Whether a row's goal is missed; without any figure it is. */
export const isMissed = (row: Row): boolean => {
  const { goal } = row
  if (goal === undefined) {
    return false
  }
  const limit = 'times' in goal ? goal.times : goal.most
  return !Number.isFinite(judged(row)) || judged(row) > limit
}

const shown = (value: number): string => value.toFixed(value < 1000 ? 1 : 0)

const goalText = ({ goal, unit }: Row): string =>
  goal === undefined
    ? ''
    : 'times' in goal
      ? `at most ${goal.times} x`
      : `at most ${goal.most} ${unit}`

const header =
  ['', 'cook', 'rounds', 'min', 'median', 'max', '', 'ratio', 'goal', '']

const cells = (row: Row): string[] => [
  row.what,
  row.who,
  String(row.values.length),
  ...[min, median, max].map(figure => shown(figure(row.values))),
  row.unit,
  row.to === undefined ? '' : `${ratio(row.values, row.to).toFixed(2)} x`,
  goalText(row),
  row.goal === undefined ? '' : isMissed(row) ? 'MISSED' : 'met',
]

// Figures stand under one another by their last digit.
const isFigure = (column: number): boolean => column >= 2 && column <= 7

/** A table in Markdown that can be read as it is. */
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
