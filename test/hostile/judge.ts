// One set, judged and planned by cook in this process, and read by those for
// whom it is.

import { isDeepStrictEqual } from 'node:util'
import { check } from '../../lib/check.ts'
import { layOver } from '../../lib/overlay.ts'
import { rows, type ParamName } from '../../lib/params.ts'
import { paths } from '../../lib/paths.ts'
import { plan } from '../../lib/plan.ts'
import { parsePotEnvironment } from '../../lib/pot-environment.ts'
import type { Recalled } from '../../lib/recall.ts'
import { newReport } from '../../lib/report.ts'
import { reveal, Secret } from '../../lib/secret.ts'
import { stepName } from '../../lib/step.ts'
import { gathered, params, type Given } from '../given.ts'
import { decoded, places, withFound, type Found } from './places.ts'
import type { Reader } from './reader.ts'
import { givenBy, harmless, type HostileSet } from './sets.ts'

const recalled: Recalled = {
  signingKey: new Secret('ed25519 a_x seed\n'),
  secrets: {
    macaroon: new Secret('macar00n'),
    form: new Secret('f0rm'),
    registration: new Secret('registrat10n'),
  },
  tls: { key: new Secret('the key'), certificate: 'the certificate' },
  overlays: {
    layOver: base =>
      layOver(base, [{ name: 'a.yaml', text: 'rc_message: {per_second: 1}\n' }]),
    probes: undefined,
    replace: () => false,
    secrets: [],
  },
  control: {
    wanted: true,
    hostKeys: { ed25519: new Secret('one'), ecdsa: new Secret('two') },
    authorizedKeys: 'ssh-ed25519 AAAA\n',
    ours: true,
  },
}

const must = (holds: boolean, what: string): void => {
  if (!holds) {
    throw new Error(what)
  }
}

/** All that a plan writes, by path, and each other step by its text. */
const written = (given: Given): Map<string, string> => {
  const planned = plan('1', gathered(given), params(given), recalled)
  const { steps, services, accounts, record } = planned
  return new Map(
    [...steps, ...services, ...accounts, ...record].map(step => [
      'path' in step ? step.path : stepName(step),
      step.kind === 'file' && !(typeof step.content === 'object' && 'make' in step.content)
        ? reveal(step.content)
        : JSON.stringify(step),
    ]),
  )
}

const names = (faults: readonly { severity: string; subject: string }[]) =>
  new Set(
    faults
      .filter(({ severity }) => severity === 'error')
      .map(({ subject }) => subject),
  )

/** The parameters that cook refuses: none that is right, all that are wrong. */
const refusedOf = (set: HostileSet): Set<string> => {
  const report = newReport()
  check(gathered(givenBy(set)), report)
  const refused = names(report.faults)
  for (const name of refused) {
    must(set.has(name), `${name}: a fault, and it was not given`)
    must(set.get(name)?.state !== 'right', `${name}: a fault, but it is right`)
  }
  for (const [name, { state }] of set) {
    must(state !== 'wrong' || refused.has(name), `${name}: no fault`)
  }
  return refused
}

const exampleOf = (name: string): string =>
  rows.find(row => row.name === name)!.example

/** The set with examples for what was refused. */
const withExamples = (
  set: HostileSet,
  refused: ReadonlySet<string>,
): HostileSet =>
  new Map(
    [...set].map(([name, entry]) => [
      name,
      refused.has(name)
        ? { text: exampleOf(name), state: 'right' as const }
        : entry,
    ]),
  )

const comparable = (tree: unknown, found: readonly Found[]): unknown =>
  found.some(([, value]) => typeof value === 'object' && !Array.isArray(value))
    ? withFound(tree, [
        [
          ['email', 'notif_from'],
          { decoded: decoded((tree as any).email.notif_from) },
        ],
      ])
    : tree

export interface Judged {
  refused: number
  accepted: number
}

/** What is the same whatever the texts are, but for the names of files. */
const without = (all: ReadonlyMap<string, string>, domain: string) =>
  [...all]
    .filter(
      ([path]) =>
        path !== paths.homeserver &&
        path !== paths.recordedParams &&
        path !== paths.record &&
        !/^(service|account) /.test(path),
    )
    .map(([path, text]) => [path.replace(`/${domain}.`, '/DOMAIN.'), text])

/**
 * Judges sets. Of one with faults the rest is tried again, with examples for
 * what was refused.
 * @throws {Error} what is wrong
 */
export const judge = (reader: Reader) => {
  const known = new Map<string, unknown>()

  const read = async (text: string): Promise<unknown> => {
    const [reading] = await reader.read([text])
    must(reading?.error === undefined, `PyYAML: ${reading?.error}`)
    return reading?.value
  }

  const harmlessTree = async (text: string): Promise<unknown> => {
    const tree = known.get(text) ?? (await read(text))
    known.set(text, tree)
    return tree
  }

  return async (set: HostileSet): Promise<Judged> => {
    const first = refusedOf(set)
    // A user name may be too long for a DOMAIN that is right only now.
    const second = refusedOf(withExamples(set, first))
    const refused = new Set([...first, ...second])
    const given = givenBy(withExamples(set, refused))
    const plain = harmless(given)
    const [got, wanted] = [written(given), written(plain)]
    const texts = [got, wanted].map(all => all.get(paths.homeserver) ?? '')
    const [text = '', plainText = ''] = texts
    const tree = await read(text)
    const found = Object.entries(given).flatMap(([name, each]) => [
      ...places[name as ParamName](each, given),
    ])
    const expected = withFound(await harmlessTree(plainText), found)
    must(
      isDeepStrictEqual(comparable(tree, found), expected),
      `read: ${JSON.stringify(tree)}\nexpected: ${JSON.stringify(expected)}`,
    )
    must(!text.includes('CHANGEME'), 'the word CHANGEME')
    const lines = texts.map(each => each.split('\n').length)
    must(lines[0] === lines[1], 'a value takes more than its line')
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
        new Map(Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1))),
      ),
      'the recorded parameters are others',
    )
    const { domain } = JSON.parse(got.get(paths.record) ?? '{}')
    must(domain === given['DOMAIN'], 'the record has another name')
    return { refused: refused.size, accepted: set.size - refused.size }
  }
}
