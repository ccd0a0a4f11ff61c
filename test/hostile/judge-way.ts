// One set from one source: cook gathers it from real files, argv and an
// environment, and validates it as if it had been passed directly.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { check } from '../../lib/params/check.ts'
import { parseCommandLine } from '../../lib/cli/command-line.ts'
import { gather, type Gathered } from '../../lib/params/gather.ts'
import { hostAt } from '../../lib/host/host.ts'
import { newReport } from '../../lib/contract/report.ts'
import { reveal } from '../../lib/contract/secret.ts'
import { gathered, type Given } from '../small/given.ts'
import { machine } from '../small/host-in.ts'
import { errorsIn, must, plannedFor } from './planned.ts'
import { withTexts, type HostileSet } from './sets.ts'
import { ways, type Gift, type WayName } from './ways.ts'

/** Puts files below a root. */
export const putFiles = (root: string, files: Gift['files']): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

/** The parameters that cook gathers from a source. */
const gatherBy = (name: WayName, root: string, given: Given) => {
  const { files, environment, argv } = ways[name].give(given)
  putFiles(root, files)
  const report = newReport()
  const { envFiles, flags } = parseCommandLine(argv)
  const host = hostAt(root, machine)
  const all = gather(host, environment, envFiles, flags, report)
  check(all, report)
  return { all, files: Object.keys(files), errors: errorsIn(report.faults) }
}

const textsOf = (all: Gathered): Given =>
  Object.fromEntries([...all].map(([name, raw]) => [name, reveal(raw.value)]))

const sorted = (names: ReadonlySet<string>): string[] => [...names].sort()

const hasBreak = (text: string): boolean => /[\r\n]/.test(text)

/** One text with line breaks is refused, or its line. */
const judgeBroken = (name: WayName, given: Given, root: string): void => {
  const broken = Object.keys(given).filter(each => hasBreak(given[each]!))
  if (broken.length > 0) {
    const { files, errors } = gatherBy(name, root, given)
    must(
      [...broken, ...files].some(each => errors.has(each)),
      `${name}: no fault of ${broken.join()}: ${sorted(errors).join()}`,
    )
  }
}

interface Arrived {
  all: Gathered
  errors: ReadonlySet<string>
}

/** Every text arrives unchanged, and only invalid ones are refused. */
const judgeExact = (name: WayName, given: Given, root: string): Arrived => {
  const { all, errors } = gatherBy(name, root, given)
  const got = textsOf(all)
  for (const each of Object.keys({ ...got, ...given })) {
    const [is, was] = [got, given].map(texts => JSON.stringify(texts[each]))
    must(is === was, `${name}: ${each} is ${is}, and was ${was}`)
  }
  const report = newReport()
  check(gathered(given), report)
  const wanted = errorsIn(report.faults)
  must(
    isDeepStrictEqual(sorted(errors), sorted(wanted)),
    `${name}: ${sorted(errors).join()} instead of ${sorted(wanted).join()}`,
  )
  return { all, errors }
}

/** How many texts arrived from a source, and how many were refused. */
export interface Brought {
  given: number
  refused: number
}

/**
 * Passes a set by a source; in a file of lines, first with line breaks and then
 * without; then checks what cook plans for the valid values.
 * @param folder a directory for files
 * @throws {Error} the first mismatch
 */
export const judgeWay = (
  name: WayName,
  set: HostileSet,
  folder: string,
): Brought => {
  const { arriving, byLines } = ways[name]
  const root = join(folder, name)
  mkdirSync(root, { recursive: true })
  if (byLines) {
    judgeBroken(name, withTexts(set, arriving), root)
  }
  const arrives = (text: string): string | undefined => {
    const arrived = arriving(text)
    return byLines && hasBreak(arrived ?? '') ? undefined : arrived
  }
  const given = withTexts(set, arrives)
  const { errors } = judgeExact(name, given, root)
  let refused = errors
  let right: Arrived
  let texts: Given
  do {
    const now = refused
    texts = withTexts(set, (text, each) =>
      now.has(each) ? undefined : arrives(text),
    )
    right = judgeExact(name, texts, root)
    refused = new Set([...refused, ...right.errors])
  } while (right.errors.size > 0)
  must(
    isDeepStrictEqual(plannedFor(right.all), plannedFor(gathered(texts))),
    `${name}: the plan is another`,
  )
  return { given: Object.keys(given).length, refused: errors.size }
}
