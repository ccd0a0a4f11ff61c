// Traces each kind of executable below a scratch root.

import { existsSync } from 'node:fs'
import { kinds, type Kind } from '../e2e/setting.ts'
import { changesOf, whyNoTrace, type Change } from '../support/strace.ts'
import { environment } from './faults.ts'

const whyNot = whyNoTrace()

/** Why a kind of executable cannot be traced here, or false if it can. */
export const skipOf = (kind: Kind): string | false =>
  whyNot || (existsSync(kinds[kind]) ? false : `no ${kinds[kind]}`)

/** The command line of a kind of executable below a root. */
export const argvFor = (
  kind: Kind,
  root: string,
  args: readonly string[],
): string[] => [
  ...(kind === 'bundle' ? [process.execPath, '--'] : []),
  ...[kinds[kind], '--quiet', '--root', root, ...args],
]

/** Its changes there. */
export const cookBy = (
  kind: Kind,
  root: string,
  args: readonly string[],
): Change[] => changesOf(root, argvFor(kind, root, args), environment)
