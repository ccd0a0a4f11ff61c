// What a killed cook may leave, and what the next run must do with it.

import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { differences, picture } from '../e2e/setting.ts'
import { parameters, type Ended } from './faults.ts'

const keys = 'mnt/matrixdata/keys'
const certificateKey = 'mnt/matrixdata/tls/example.com.key'

// Files to which lines are appended, which is not atomic.
const log = 'var/log/cook.log'

export interface Entry {
  kind: 'file' | 'dir' | 'link'
  text: string
  mode: number
  /** Uid and gid. */
  owner: string
}

export type Entries = ReadonlyMap<string, Entry>

/** Everything below a root except the log. */
export const entriesIn = (root: string): Entries =>
  new Map(
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter(path => path !== log)
      .map(path => {
        const stat = lstatSync(join(root, path))
        const isFile = stat.isFile()
        const kind = isFile ? 'file' : stat.isDirectory() ? 'dir' : 'link'
        const text = isFile ? readFileSync(join(root, path), 'utf8') : ''
        const owner = `${stat.uid}:${stat.gid}`
        return [path, { kind, text, mode: stat.mode & 0o7777, owner }]
      }),
  )

// What a run is about to make. It has another text than before or after it.
const intent = 'var/db/cook/intent.json'

/** What may exist for a moment but must not stay. */
export const isTemporary = (path: string): boolean =>
  path.endsWith('.cook') ||
  path.startsWith('var/run/cook.lock') ||
  path === intent

const isWhole = (text: string): boolean => {
  try {
    return JSON.parse(text)['format'] === 2
  } catch {
    return false
  }
}

const isIdentity = (path: string): boolean =>
  (path.startsWith(`${keys}/`) || path === certificateKey) && !isTemporary(path)

/** Texts that no other user may read, in whatever file. */
const secretsIn = (entries: Entries): string[] => [
  parameters.SMTPPASS,
  parameters.LDAPPASSWORD,
  'PRIVATE KEY',
  'ed25519 a_',
  ...[...entries].flatMap(([path, { text }]) =>
    path.startsWith(`${keys}/`) && text !== '' ? [text.trim()] : [],
  ),
]

/** What must never exist, not even for a moment. */
const wrongIn = (
  killed: Entries,
  before: Entries,
  after: Entries,
): string[] => {
  const secrets = secretsIn(after)
  return [...killed].flatMap(([path, entry]) => {
    const versions = [before.get(path), after.get(path)]
    const isAs = (what: 'text' | 'mode' | 'owner') =>
      versions.some(each => each?.[what] === entry[what])
    const found = {
      'half an intent': path === intent && !isWhole(entry.text),
      'an open intent': path === intent && entry.mode !== 0o640,
      'a secret for all':
        (entry.mode & 0o007) !== 0 &&
        secrets.some(each => entry.text.includes(each)),
      'half a file': entry.kind === 'file' && !isAs('text'),
      'a wrong mode': entry.kind === 'file' && !isAs('mode'),
      'a wrong owner': entry.kind === 'file' && !isAs('owner'),
      // A directory may still have a stricter mode, but never a laxer one.
      'an open folder':
        entry.kind === 'dir' &&
        !versions.some(each => each && (entry.mode & ~each.mode) === 0),
    }
    return Object.entries(found).flatMap(([name, is]) =>
      is && !(isTemporary(path) && !/secret|intent/.test(name))
        ? [`${name}: ${path}`]
        : [],
    )
  })
}

/** Checks the state after a kill, and after the next run. */
export const heals = async (
  t: Test,
  cook: (root: string, args: readonly string[]) => Promise<Ended>,
  root: string,
  args: readonly string[],
  before: Entries,
  point: string,
): Promise<void> => {
  const killed = entriesIn(root)
  const { code, stderr } = await cook(root, args)
  t.equal(code, 0, `the next run after ${point}: ${stderr}`)
  const after = entriesIn(root)
  t.same(wrongIn(killed, before, after), [], `seen at ${point}`)
  const lost = [...killed].filter(
    ([path, { text }]) => isIdentity(path) && after.get(path)?.text !== text,
  )
  t.same(lost, [], `lost after ${point}`)
  t.same([...after.keys()].filter(isTemporary), [], `left after ${point}`)
  const done = picture(root)
  t.equal((await cook(root, ['plan', ...args])).code, 0, `done after ${point}`)
  t.same(differences(done, picture(root)), [], 'and looking changes nothing')
}
