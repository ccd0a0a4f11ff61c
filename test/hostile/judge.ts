// One set, validated and planned by cook in this process, and read by the
// programs that use the files.

import { isDeepStrictEqual } from 'node:util'
import { check } from '../../lib/params/check.ts'
import type { ParamName } from '../../lib/params/params.ts'
import { paths } from '../../lib/contract/paths.ts'
import { parsePotEnvironment } from '../../lib/formats/pot-environment.ts'
import { newReport } from '../../lib/contract/report.ts'
import { gathered, type Given } from '../small/given.ts'
import { placesOf, withDecoded, withFound, type Found } from './places.ts'
import { judgeCaddy } from './caddy.ts'
import { errorsIn, must, plannedFor } from './planned.ts'
import type { Readers } from './reader.ts'
import { givenBy, harmless, withExamples, type HostileSet } from './sets.ts'

/** The parameters that cook refuses: all invalid ones and no others. */
const refusedOf = (set: HostileSet): Set<string> => {
  const report = newReport()
  check(gathered(givenBy(set)), report)
  const refused = errorsIn(report.faults)
  for (const name of refused) {
    must(set.has(name), `${name}: a fault, and it was not given`)
    must(set.get(name)?.state !== 'right', `${name}: a fault, but it is right`)
  }
  for (const [name, { state }] of set) {
    must(state !== 'wrong' || refused.has(name), `${name}: no fault`)
  }
  return refused
}

/** Where each text must be found. */
export const foundFor = (given: Given): Found[] =>
  Object.entries(given).flatMap(([name, each]) => [
    ...placesOf(name as ParamName)(each, given),
  ])

// Tests of their own try hostile texts in these (test/services/edge/web).
const pages: readonly string[] = [paths.caddyPage, paths.webClientConfig]

/** The parts that do not depend on the texts, except for file names. */
const without = (all: ReadonlyMap<string, string>, domain: string) =>
  [...all]
    .filter(
      ([path]) =>
        path !== paths.homeserver &&
        path !== paths.caddyConfig &&
        !pages.includes(path) &&
        path !== paths.recordedParams &&
        path !== paths.record &&
        !/^(service|account) /.test(path),
    )
    .map(([path, text]) => [path.replace(`/${domain}.`, '/DOMAIN.'), text])

const sorted = (given: Given): [string, string][] =>
  Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1))

/** Compares the other files with those for harmless texts. */
const judgeOthers = (
  given: Given,
  got: ReadonlyMap<string, string>,
  plain: Given,
  wanted: ReadonlyMap<string, string>,
): void => {
  must(
    isDeepStrictEqual(
      without(got, given['DOMAIN']!),
      without(wanted, plain['DOMAIN']!),
    ),
    'another file has changed',
  )
  must(
    isDeepStrictEqual(
      parsePotEnvironment(got.get(paths.recordedParams) ?? ''),
      new Map(sorted(given)),
    ),
    'the recorded parameters are others',
  )
  const { domain } = JSON.parse(got.get(paths.record) ?? '{}')
  must(domain === given['DOMAIN'], 'the record has another name')
}

/**
 * Compares homeserver.yaml, as PyYAML reads it, with that for harmless texts.
 * @throws {Error} the first mismatch
 */
export const judgeYaml = async (
  { reader, plainReader }: Readers,
  found: readonly Found[],
  text: string,
  plainText: string,
): Promise<void> => {
  const [[got], [plain]] = await Promise.all([
    reader.read([text]),
    plainReader.read([plainText]),
  ])
  const error = got?.error ?? plain?.error
  must(error === undefined, `PyYAML: ${error}`)
  const tree = withDecoded(got?.value, found)
  const expected = withFound(plain?.value, found)
  must(
    isDeepStrictEqual(tree, expected),
    `read: ${JSON.stringify(tree)}\nexpected: ${JSON.stringify(expected)}`,
  )
  must(!text.includes('CHANGEME'), 'the word CHANGEME')
  const [lines, wanted] = [text, plainText].map(all => all.split('\n').length)
  must(lines === wanted, 'a value takes more than its line')
}

/** The result for a set. */
export interface Judged {
  /** The names of the refused parameters. */
  refused: ReadonlySet<string>
  /** The set with examples in their place. */
  given: Given
  /** The files that cook would write for that. */
  planned: ReadonlyMap<string, string>
}

/**
 * Checks a set. If it has errors, checks the rest again with examples for the
 * refused parameters.
 * @throws {Error} the first mismatch
 */
export const judge = async (
  readers: Readers,
  set: HostileSet,
): Promise<Judged> => {
  const first = refusedOf(set)
  // A user name may be too long for a DOMAIN that is valid only now.
  const second = refusedOf(withExamples(set, first))
  const refused = new Set([...first, ...second])
  const given = givenBy(withExamples(set, refused))
  const plain = harmless(given)
  const planned = plannedFor(gathered(given))
  const wanted = plannedFor(gathered(plain))
  const { homeserver } = paths
  await judgeYaml(
    readers,
    foundFor(given),
    planned.get(homeserver) ?? '',
    wanted.get(homeserver) ?? '',
  )
  judgeCaddy(
    given,
    planned.get(paths.caddyConfig),
    wanted.get(paths.caddyConfig),
  )
  judgeOthers(given, planned, plain, wanted)
  return { refused, given, planned }
}
