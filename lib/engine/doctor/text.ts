import { findingRow } from '../../contract/findings/findings.ts'
import type { Unseen, Wrong } from './look.ts'
import type { Cause } from './order.ts'

const columns = 80

const indent = '  '

/** What fixes a finding. */
export const remedyOf = ({ finding, mends }: Wrong): string =>
  mends ?? findingRow(finding).remedy

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

/** A finding as one line: its name, what is wrong, what fixes it. */
export const lineOf = (wrong: Wrong): string =>
  `${wrong.finding}: ${wrong.says}. ${sentence(remedyOf(wrong))}`

/** What cannot be seen as one line. */
export const unseenLine = ({ unseen, why, elsewhere }: Unseen): string =>
  `cannot be seen from here: ${unseen.join(', ')}: ${why}. ` +
  `Run elsewhere or later: ${elsewhere}`

/** A long line as several, of which all but the first are indented. */
export const folded = (line: string, width = columns): string[] => {
  const [margin = ''] = line.match(/^ */) ?? []
  const lines: string[] = []
  let now = ''
  for (const word of line.trim().split(' ')) {
    const next = now === '' ? word : `${now} ${word}`
    const start = lines.length === 0 ? margin : margin + indent + indent
    if (now !== '' && start.length + next.length > width) {
      lines.push(start + now)
      now = word
    } else {
      now = next
    }
  }
  const start = lines.length === 0 ? margin : margin + indent + indent
  return [...lines, start + now]
}

/** The lines of findings: what follows from another is indented below it. */
export const linesOf = (causes: readonly Cause[], depth = 0): string[] =>
  causes.flatMap(each => [
    `${indent.repeat(depth)}${lineOf(each)}`,
    ...linesOf(each.consequences, depth + 1),
  ])
