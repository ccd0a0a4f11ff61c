// Files that the administrator names where other users decide what is there:
// root reads for a user only what that user may read.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  linkSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { exit } from '../../lib/contract/failure.ts'
import { hostAt } from '../../lib/host/host.ts'
import { machine, whyNotRoot } from '../small/host-in.ts'
import { refusal } from '../small/refusal.ts'

const nobody = 65534

const why = (): string | false => {
  const { status } = spawnSync('su', ['-m', 'nobody', '-c', 'true'])
  return whyNotRoot || (status !== 0 && 'su(1) does not become nobody')
}

const skip = why()

const live = hostAt('/', machine)
const readers = ['readNamed', 'throughNamed'] as const
const fine = { exit: 0, message: '' }

/** A directory that others can enter, with a file only for root. */
const scene = (t: Test) => {
  const dir = mkdtempSync(join(tmpdir(), 'cook-named-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  chmodSync(dir, 0o755)
  const secret = join(dir, 'secret')
  writeFileSync(secret, 'of root', { mode: 0o600 })
  return {
    secret,
    folder: (name: string, owner: number, mode: number): string => {
      const path = join(dir, name)
      mkdirSync(path)
      chmodSync(path, mode)
      chownSync(path, owner, 0)
      return path
    },
    file: (path: string, owner: number, mode: number): string => {
      writeFileSync(path, 'text')
      chmodSync(path, mode)
      chownSync(path, owner, 0)
      return path
    },
    link: (to: string, path: string, owner: number): string => {
      symlinkSync(to, path)
      lchownSync(path, owner, 0)
      return path
    },
  }
}

const isRead = (t: Test, path: string, what: string): void => {
  for (const read of readers) {
    t.equal(live[read](path)?.toString(), 'text', `${read}: ${what}`)
  }
}

const isRefused = (t: Test, path: string, what: string): void => {
  for (const read of readers) {
    const { exit: code, message } = refusal(() => live[read](path)) ?? fine
    t.equal(code, exit.config, `${read}: ${what}`)
    t.match(message, `${path}: cannot be read by nobody, who can replace it`)
  }
}

t.test('in a directory of a user', { skip }, async t => {
  const { secret, folder, file, link } = scene(t)
  const home = folder('home', nobody, 0o755)
  const own = file(join(home, 'own'), nobody, 0o600)
  isRead(t, own, 'a file of that user')
  isRead(t, file(join(home, 'open'), 0, 0o644), 'a file for everybody')
  isRefused(t, file(join(home, 'hidden'), 0, 0o600), 'a file only for root')
  isRefused(t, link(secret, join(home, 'link'), nobody), 'a link to one')
  isRefused(t, link(secret, join(home, 'link-2'), 0), "a link of root's")
  linkSync(secret, join(home, 'hard'))
  isRefused(t, join(home, 'hard'), 'a hard link to one')
  const inner = join(home, 'inner')
  mkdirSync(inner, { mode: 0o755 })
  const below = file(join(inner, 'hidden'), 0, 0o600)
  isRefused(t, below, "in a directory of root's below")
  const closed = folder('closed', 0, 0o700)
  file(join(closed, 'file'), 0, 0o644)
  const way = link(join(closed, 'file'), join(home, 'way'), nobody)
  isRefused(t, way, 'a way that only root can go')
  t.equal(live.readNamed(join(home, 'none')), undefined, 'nothing')
  const pipe = join(home, 'pipe')
  spawnSync('mkfifo', ['-m', '666', pipe])
  spawnSync('sh', ['-c', `(printf text >'${pipe}') >/dev/null 2>&1 &`])
  t.equal(live.readNamed(pipe)?.toString(), 'text', 'a pipe')
})

t.test('where everybody can write', { skip }, async t => {
  const { secret, folder, file, link } = scene(t)
  const tmp = folder('tmp', 0, 0o1777)
  isRead(t, file(join(tmp, 'root'), 0, 0o600), "root's own file")
  isRead(t, file(join(tmp, 'own'), nobody, 0o600), "a user's own file")
  isRead(t, link(join(tmp, 'root'), join(tmp, 'l'), 0), "root's own link")
  isRefused(t, link(secret, join(tmp, 'link'), nobody), "a user's link")
  linkSync(secret, join(tmp, 'hard'))
  isRefused(t, join(tmp, 'hard'), 'a hard link')
  for (const [name, mode] of [
    ['open', 0o777],
    ['group', 0o775],
  ] as const) {
    const open = folder(name, 0, mode)
    chownSync(open, 0, 12)
    isRead(t, file(join(open, 'file'), 0, 0o644), 'a file for everybody')
    isRefused(t, file(join(open, 'hidden'), 0, 0o600), 'one only for root')
  }
})

t.test("in root's own directories", { skip }, async t => {
  const { folder, file, link } = scene(t)
  const closed = folder('closed', 0, 0o700)
  const path = file(join(closed, 'file'), 0, 0o600)
  isRead(t, path, 'a file')
  isRead(t, link(path, join(closed, 'link'), 0), 'a link')
  const wheel = folder('wheel', 0, 0o770)
  isRead(t, file(join(wheel, 'file'), 0, 0o600), 'the group of root is root')
})
