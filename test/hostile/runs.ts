// One set, given from one source to an executable, below its own root.

import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { paths } from '../../lib/contract/paths.ts'
import { differences, kinds, picture, type Kind } from '../e2e/setting.ts'
import type { Given } from '../small/given.ts'
import { foundFor, judgeYaml } from './judge.ts'
import { putFiles } from './judge-way.ts'
import { must, overlay } from './planned.ts'
import type { Found } from './places.ts'
import type { Readers } from './reader.ts'
import { harmless } from './sets.ts'
import { ways, type Gift, type WayName } from './ways.ts'

/** The result of a run. */
interface Ended {
  code: number | null
  out: string
  err: string
}

const argvOf = (kind: Kind, root: string, args: readonly string[]) => [
  ...(kind === 'bundle' ? [process.execPath, '--'] : []),
  ...[kinds[kind], '--root', root, '--no-start', ...args],
]

const run = (
  [command = '', ...args]: readonly string[],
  env: Given,
  cwd = '/',
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd })
    const ended: Ended = { code: null, out: '', err: '' }
    child.stdin.end()
    child.stdout.setEncoding('utf8').on('data', text => (ended.out += text))
    child.stderr.setEncoding('utf8').on('data', text => (ended.err += text))
    child.once('error', reject)
    child.once('close', code => resolve({ ...ended, code }))
  })

/** The executable, the root, and arguments besides parameters. */
export interface Cook {
  kind: Kind
  root: string
  /** The directory of pw(8). */
  path: string
}

const cook = ({ kind, root, path }: Cook, { environment, argv }: Gift) =>
  run(argvOf(kind, root, argv), { PATH: path, ...environment })

const textIn = (root: string, path: string): string =>
  readFileSync(join(root, path), 'utf8')

/** The parameters and files that a run reports as errors. */
const toldIn = ({ err }: Ended): Set<string> =>
  new Set(
    [...err.matchAll(/^error: ([A-Z]+(?=\W)|\/[\w./]*\w)/gm)].map(
      ([, name = '']) => name,
    ),
  )

// The directory of the lock, and the log.
const passing = /^var$|^var\/(run$|log)/

/** Runs cook with errors: it reports them and changes nothing. */
export const refused = async (
  each: Cook,
  way: WayName,
  given: Given,
): Promise<Set<string>> => {
  const gift = ways[way].give(given)
  putFiles(each.root, gift.files)
  const before = picture(each.root)
  const ended = await cook(each, gift)
  must(ended.code === 78, `${way}: ${ended.code} instead of 78: ${ended.err}`)
  const changed = differences(before, picture(each.root))
  must(
    changed.every(path => passing.test(path)),
    `${way}: 78, and changed ${changed.join()}`,
  )
  return toldIn(ended)
}

const keysOf = (root: string, given: Given): Found[] => {
  const key = (place: string, name: string): Found => [
    [place],
    textIn(root, `${paths.keysDir}/${name}`).trim(),
  ]
  return [
    key('macaroon_secret_key', 'macaroon'),
    key('form_secret', 'form'),
    ...(given['MYSHAREDSECRET'] === undefined
      ? [key('registration_shared_secret', 'registration')]
      : []),
  ]
}

/**
 * Runs cook with valid values, and once more with harmless texts: the two
 * homeserver.yaml must differ only in these.
 */
export const configured = async (
  readers: Readers,
  each: Cook,
  beside: Cook,
  way: WayName,
  given: Given,
): Promise<void> => {
  const gift = ways[way].give(given)
  putFiles(each.root, gift.files)
  const plain = ways.environment.give(harmless(given))
  for (const [at, what] of [
    [each, gift],
    [beside, plain],
  ] as const) {
    putFiles(at.root, { [`${paths.overlayDir}/${overlay.name}`]: overlay.text })
    const { code, err } = await cook(at, what)
    must(code === 0, `${way}: ${code} instead of 0: ${err}`)
  }
  await judgeYaml(
    readers,
    [...foundFor(given), ...keysOf(each.root, given)],
    textIn(each.root, paths.homeserver),
    textIn(beside.root, paths.homeserver),
  )
}

const given = ['/tmp', '/root/cook.env', '/root/.env', '/root/secrets']

/** Runs cook without parameters: it uses its record and has nothing to do. */
export const repeated = async (each: Cook, way: WayName): Promise<void> => {
  for (const path of given) {
    rmSync(join(each.root, path), { recursive: true, force: true })
  }
  const before = picture(each.root)
  const nothing: Gift = { files: {}, environment: {}, argv: [] }
  const { code, out, err } = await cook(each, nothing)
  must(code === 0, `${way}, again: ${code}: ${err}`)
  must(`${out}${err}`.includes('nothing to do'), `${way}, again: ${out}${err}`)
  const changed = differences(before, picture(each.root))
  must(changed.length === 0, `${way}, again, changed ${changed.join()}`)
}

const source = String.raw`. "$0"; for each; do
  eval "printf '%s\\0' \"\$$each\""
done`

/** Checks that sh(1) reads these values in a file, and nothing else. */
const sourced = async (
  path: string,
  names: readonly string[],
  empty: string,
): Promise<string[]> => {
  execFileSync('/bin/sh', ['-n', path])
  const argv = ['/bin/sh', '-c', source, path, ...names]
  const { code, out, err } = await run(argv, { PATH: '/nonexistent' }, empty)
  must(code === 0 && err === '', `sh, of ${path}: ${code}: ${err}`)
  must(readdirSync(empty).length === 0, `sh has written ${readdirSync(empty)}`)
  return out.split('\0').slice(0, -1)
}

/** Checks the files that cook writes for sh(1). */
export const sourcedBySh = async (
  { root }: Cook,
  given: Given,
  empty: string,
): Promise<void> => {
  const names = Object.keys(given)
  const got = await sourced(join(root, paths.recordedParams), names, empty)
  for (const [index, name] of names.entries()) {
    must(
      got[index] === given[name],
      `sh reads ${JSON.stringify(got[index])} for ${name}`,
    )
  }
  const [enabled] = await sourced(
    join(root, paths.rcConf),
    ['synapse_enable'],
    empty,
  )
  must(enabled === 'YES', `sh reads synapse_enable=${enabled} in rc.conf`)
}

/** Why there is no executable to run, or false. */
export const whyNoRuns = (): string | false => {
  const missing = [kinds.bundle, kinds.bun].find(file => !existsSync(file))
  return missing === undefined ? false : `no ${missing}: make release makes it`
}
