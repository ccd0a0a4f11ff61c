// What the last daily run has found: cron(8) sends a mail only if that changes.

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

/** The findings of the last daily run; none if that is not known. */
export const readDaily = (host: Host): FindingName[] => {
  try {
    const { findings } = Object(JSON.parse(host.text(paths.findings) ?? '{}'))
    return Array.isArray(findings) ? findings.filter(isName) : []
  } catch (error) {
    if (error instanceof SyntaxError) {
      return []
    }
    throw error
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

/** Records the findings for the next daily run. */
export const writeDaily = (
  host: Host,
  findings: readonly FindingName[],
): Promise<void> =>
  mendNow(
    {
      kind: 'file',
      path: paths.findings,
      content: `${JSON.stringify({ findings }, undefined, 2)}\n`,
      ...{ owner: 'root', group: 'wheel', mode: 0o640 },
    },
    host,
  )
