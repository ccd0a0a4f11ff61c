// Kill it anywhere, run it again, and it is right: cook is killed just before
// each of the calls with which it changes the file system. COOK_PROOF=all takes
// every call, else every third.

import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { day, newCertificate } from '../lib/certificate.ts'
import { differences, picture } from './e2e/setting.ts'
import { bundle, cook, cookWith, countCalls, roots } from './faults/faults.ts'

const skip =
  process.geteuid?.() !== 0
    ? 'owners can be set by root only'
    : !existsSync(bundle) && `no ${bundle}: make build makes it`
const step = process.env['COOK_PROOF'] === 'all' ? 1 : 3

const keys = 'mnt/matrixdata/keys'
const certificate = 'mnt/matrixdata/tls/example.com.crt'
const certificateKey = 'mnt/matrixdata/tls/example.com.key'

// Where lines are added, and so cannot be replaced at once.
const log = 'var/log/cook.log'

interface File {
  text: string
  /** Mode, uid and gid. */
  access: string
}

/** Every regular file below a root, but the log. */
const filesIn = (root: string): Map<string, File> =>
  new Map(
    readdirSync(root, { recursive: true, encoding: 'utf8' }).flatMap(path => {
      const { mode, uid, gid, ...stat } = lstatSync(join(root, path))
      const access = `${mode.toString(8)} ${uid}:${gid}`
      const isFile = (mode & 0o170000) === 0o100000 && path !== log
      return isFile && stat
        ? [[path, { text: readFileSync(join(root, path), 'utf8'), access }]]
        : []
    }),
  )

const isTemporary = (path: string): boolean => path.endsWith('.cook')

// Whatever holds one of these is for nobody else.
const secrets = (files: ReadonlyMap<string, File>): string[] =>
  [...files].flatMap(([path, { text }]) =>
    path.startsWith(keys) || path === certificateKey ? [text.trim()] : [],
  )

const names = ['a secret for all', 'a half file', 'a wrong access'] as const

/** What must never be seen, whenever one looks. */
const wrongIn = (
  killed: ReadonlyMap<string, File>,
  before: ReadonlyMap<string, File>,
  after: ReadonlyMap<string, File>,
): string[] => {
  const hidden = secrets(killed)
  return [...killed].flatMap(([path, { text, access }]) => {
    const versions = [before.get(path), after.get(path)]
    const open = (Number.parseInt(access, 8) & 0o007) !== 0
    const found = [
      open && hidden.some(each => each !== '' && text.includes(each)),
      !isTemporary(path) && !versions.some(each => each?.text === text),
      !isTemporary(path) && !versions.some(each => each?.access === access),
    ]
    return names.flatMap((name, n) => (found[n] ? [`${name}: ${path}`] : []))
  })
}

const isIdentity = (path: string): boolean =>
  (path.startsWith(keys) || path === certificateKey) && !isTemporary(path)

const killEverywhere = async (
  t: Test,
  { copyOf, onCopyOf }: ReturnType<typeof roots>,
  from: string,
  args: readonly string[],
): Promise<void> => {
  const count = await countCalls(copyOf(from), args)
  const before = filesIn(from)
  let points = 0
  for (let at = 1; at <= count; at += step) {
    await onCopyOf(from, async root => {
      const { signal } = await cookWith(root, args, { at, what: 'SIGKILL' })
      t.equal(signal, 'SIGKILL', `killed at ${at}`)
      const killed = filesIn(root)
      const { code, stderr } = await cook(root, args)
      t.equal(code, 0, `the next run after ${at}: ${stderr}`)
      const after = filesIn(root)
      t.same(wrongIn(killed, before, after), [], `seen at ${at}`)
      const lost = [...killed].filter(
        ([path, { text }]) => isIdentity(path) && after.get(path)?.text !== text,
      )
      t.same(lost, [], `lost after ${at}`)
      t.same([...after.keys()].filter(isTemporary), [], `left after ${at}`)
      const picture1 = picture(root)
      t.equal((await cook(root, ['plan', ...args])).code, 0, `done after ${at}`)
      t.same(differences(picture1, picture(root)), [])
    })
    points++
  }
  t.ok(points > 5)
  t.comment(`${points} of ${count} points`)
}

t.test('a first cook killed anywhere', { skip }, async t => {
  const all = roots(t)
  await killEverywhere(t, all, all.empty, [])
})

t.test('a rerun with changes killed anywhere', { skip }, async t => {
  const all = roots(t)
  const root = all.copyOf(all.empty)
  t.equal((await cook(root, [])).code, 0)
  const changes = ['--max-upload', '7M', '--ip', '10.192.0.6', '--log-level']
  await killEverywhere(t, all, root, [...changes, 'DEBUG'])
})

t.test('the renewal of a certificate killed anywhere', { skip }, async t => {
  const all = roots(t)
  const root = all.copyOf(all.empty)
  t.equal((await cook(root, [])).code, 0)
  const old = await newCertificate(
    readFileSync(join(root, certificateKey), 'utf8'),
    { host: 'example.com', addresses: ['10.192.0.5'] },
    new Date(Date.now() - 380 * day),
  )
  writeFileSync(join(root, certificate), old)
  await killEverywhere(t, all, root, [])
})
