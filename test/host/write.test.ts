import { spawnSync } from 'node:child_process'
import fs, {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import t from 'tap'
import { exit } from '../../lib/contract/failure.ts'
import { hostAt } from '../../lib/host/host.ts'
import { asNobody, at, hostIn, machine, whyNotRoot } from '../small/host-in.ts'
import { refusal } from '../small/refusal.ts'

const nobody = { uid: undefined, gid: undefined }

const mode = (path: string): number => lstatSync(path).mode & 0o7777

/** The message of a write failure (exit 73). */
const refused = (work: () => unknown): string | undefined => {
  const failure = refusal(work)
  return failure?.exit === exit.cantCreate ? failure.message : undefined
}

/** Runs a function with another umask. */
const masked = <T>(mask: number, work: () => T): T => {
  const before = process.umask(mask)
  try {
    return work()
  } finally {
    process.umask(before)
  }
}

t.test('a temporary file is complete', async t => {
  const host = hostIn(t, { '/etc/rc.conf': 'old' })
  const temporary = host.writeTemporary('/etc/rc.conf', 'ü', 0o640, nobody)
  t.match(temporary.path, /^\/etc\/\.rc\.conf\.[0-9a-f]{12}\.cook$/)
  t.equal(readFileSync(at(host, temporary.path), 'utf8'), 'ü')
  t.equal(readFileSync(at(host, '/etc/rc.conf'), 'utf8'), 'old')
  await temporary.settle()
  t.same(host.leftovers('/etc/rc.conf'), [], 'no remains for who made it')
  const other = hostAt(host.root, machine)
  t.same(other.leftovers('/etc/rc.conf'), [temporary.path])
})

t.test('it has its mode whatever the umask', async t => {
  const host = hostIn(t, { '/x': '' })
  for (const mask of [0, 0o022, 0o077, 0o777]) {
    for (const wanted of [0o600, 0o640, 0o644, 0o755]) {
      const write = () => host.writeTemporary('/x', '', wanted, nobody)
      const { path } = masked(mask, write)
      t.equal(mode(at(host, path)), wanted, `${mask.toString(8)}`)
    }
  }
})

t.test('it has its owner', { skip: whyNotRoot }, async t => {
  const host = hostIn(t, { '/x': '' })
  for (const [uid, gid, want] of [
    [1234, 5678, [1234, 5678]],
    [1234, undefined, [1234, 0]],
    [undefined, 5678, [0, 5678]],
    [undefined, undefined, [0, 0]],
    [0, 0, [0, 0]],
  ] as const) {
    // chown(2) after chmod(2) would clear a set-id bit.
    const { path } = host.writeTemporary('/x', '', 0o6750, { uid, gid })
    const stat = lstatSync(at(host, path))
    t.same([stat.uid, stat.gid], want)
    t.equal(stat.mode & 0o7777, 0o6750)
  }
})

t.test('no two temporary files have the same name', async t => {
  const host = hostIn(t, { '/dir/x': '' })
  const names = Array.from({ length: 100 }, () => {
    const temporary = host.writeTemporary('/dir/x', '', 0o600, nobody)
    temporary.discard()
    return temporary.path
  })
  t.equal(new Set(names).size, 100)
  t.same(readdirSync(at(host, '/dir')), ['x'])
})

t.test('a discarded file is gone', async t => {
  const host = hostIn(t, { '/dir/x': '' })
  const write = () => host.writeTemporary('/dir/x', 'y', 0o600, nobody)
  const [early, late, twice] = [write(), write(), write()]
  early.discard()
  await late.settle()
  late.discard()
  twice.discard()
  twice.discard()
  t.same(readdirSync(at(host, '/dir')), ['x'])
})

t.test('a failed write leaves nothing behind', async t => {
  const host = hostIn(t, { '/file': '' })
  for (const [path, why] of [
    ['/missing/x', 'no such file or directory'],
    ['/file/x', 'a component of the path is not a directory'],
    [`/${'x'.repeat(250)}`, 'the name is too long'],
  ] as const) {
    t.equal(
      refused(() => host.writeTemporary(path, '', 0o600, nobody)),
      `${path}: ${why}`,
    )
  }
  t.same(readdirSync(host.root), ['file'])
})

t.test('a failed chown leaves nothing behind', async t => {
  const dir = mkdtempSync(join(tmpdir(), 'cook-test-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  machine.euid === 0 && chownSync(dir, 65534, 65534)
  const host = hostAt(dir, machine)
  const other = { uid: 1, gid: undefined }
  const write = () => host.writeTemporary('/x', 'text', 0o600, other)
  t.equal(
    refused(() => asNobody(write)),
    '/x: not permitted',
  )
  t.same(readdirSync(dir), [])
})

t.test('a kept file can be restored', async t => {
  const host = hostIn(t, { '/dir/file': 'old' })
  symlinkSync('file', at(host, '/dir/link'))
  symlinkSync('nowhere', at(host, '/dir/dangling'))
  spawnSync('mkfifo', [at(host, '/dir/pipe')])
  const names = readdirSync(at(host, '/dir'))
  for (const name of names) {
    const path = `/dir/${name}`
    const before = lstatSync(at(host, path))
    const second = host.keep(path) ?? ''
    t.match(basename(second), /^\..*\.[0-9a-f]{12}\.cook$/)
    t.equal(dirname(second), '/dir')
    const next = host.writeTemporary(path, 'new', 0o600, nobody)
    host.rename(next.path, path)
    t.equal(readFileSync(at(host, path), 'utf8'), 'new')
    next.discard()
    host.restore(second, path)
    const after = lstatSync(at(host, path))
    t.equal(after.mode, before.mode, `${name} is what it was`)
    t.same(readdirSync(at(host, '/dir')), names, 'and has one name')
    if (!before.isSymbolicLink()) {
      t.equal(after.ino, before.ino)
    }
  }
  t.equal(readlinkSync(at(host, '/dir/dangling')), 'nowhere')
  t.equal(readFileSync(at(host, '/dir/link'), 'utf8'), 'old')
  t.equal(host.keep('/dir/missing'), undefined)
})

t.test('a kept file that was not replaced can be restored too', async t => {
  const host = hostIn(t, { '/file': 'old' })
  const { mtimeMs } = statSync(at(host, '/file'))
  host.restore(host.keep('/file') ?? '', '/file')
  t.same(readdirSync(host.root), ['file'])
  t.equal(readFileSync(at(host, '/file'), 'utf8'), 'old')
  t.equal(statSync(at(host, '/file')).mtimeMs, mtimeMs)
})

t.test('a claim is made once, complete, and links to nothing', async t => {
  const host = hostIn(t, {})
  t.equal(host.claim('/var/run/lock', '5 abc'), true)
  t.equal(host.claim('/var/run/lock', '6 def'), false)
  t.equal(readlinkSync(at(host, '/var/run/lock')), '5 abc')
  host.remove('/var/run/lock')
  t.equal(host.claim('/var/run/lock', '6 def'), true)
  writeFileSync(at(host, '/file'), '')
  t.equal(host.claim('/file', 'x'), false)
  t.ok(refused(() => host.claim('/file/x', 'x')))
})

t.test('files and links are renamed and removed', async t => {
  const host = hostIn(t, { '/a': 'a', '/b': 'b', '/dir/x': '' })
  symlinkSync('b', at(host, '/link'))
  host.rename('/a', '/link')
  t.same([host.text('/link'), host.text('/b')], ['a', 'b'])
  host.remove('/link')
  host.remove('/link')
  t.same(readdirSync(host.root), ['b', 'dir'])
  t.equal(
    refused(() => host.rename('/b', '/dir')),
    '/dir: is a directory, not a file',
  )
  t.ok(refused(() => host.removeDir('/dir')))
  t.equal(host.text('/dir/x'), '')
})

t.test('a directory is created with its mode, removed if empty', async t => {
  const host = hostIn(t, {})
  masked(0o022, () => host.makeDir('/a', 0o700))
  masked(0o022, () => host.makeDir('/a/b', 0o755))
  t.equal(mode(at(host, '/a')), 0o700)
  t.equal(mode(at(host, '/a/b')), 0o755)
  t.ok(refused(() => host.makeDir('/a', 0o700)))
  host.removeDir('/a/b')
  host.removeDir('/a')
  t.same(readdirSync(host.root), [])
})

t.test('setDir does not follow a link', async t => {
  const host = hostIn(t, { '/dir/x': '', '/file': '' })
  chmodSync(at(host, '/dir'), 0o700)
  symlinkSync('dir', at(host, '/link'))
  host.setDir('/dir', 0o2750, nobody)
  t.equal(mode(at(host, '/dir')), 0o2750)
  for (const path of ['/link', '/file', '/missing']) {
    t.ok(refused(() => host.setDir(path, 0o777, nobody)))
  }
  t.equal(mode(at(host, '/dir')), 0o2750)
  t.not(mode(at(host, '/file')), 0o777)
})

t.test('the owner of a directory is set', { skip: whyNotRoot }, async t => {
  const host = hostIn(t, { '/dir/x': '' })
  symlinkSync('dir', at(host, '/link'))
  host.setDir('/dir', 0o750, { uid: 1234, gid: 5678 })
  const owner = () => {
    const { uid, gid } = lstatSync(at(host, '/dir'))
    return [uid, gid]
  }
  t.same(owner(), [1234, 5678])
  t.ok(refused(() => host.setDir('/link', 0o777, { uid: 1, gid: 1 })))
  t.same(owner(), [1234, 5678])
})

t.test('directories are synced', async t => {
  const host = hostIn(t, { '/file': '', '/dir/x': '' })
  await host.syncDirs(['/', '/dir'])
  await t.rejects(host.syncDirs(['/', '/missing', '/file']), {
    exit: exit.cantCreate,
    message: '/missing: no such file or directory',
  })
  await t.rejects(host.syncDirs(['/file']), {
    exit: exit.cantCreate,
    message: '/file: a component of the path is not a directory',
  })
})

t.test('a log is appended to and has mode 0640', async t => {
  const host = hostIn(t, {})
  masked(0o022, () => host.append('/var/log/cook.log', 'one\n'))
  host.append('/var/log/cook.log', 'two\n')
  t.equal(host.text('/var/log/cook.log'), 'one\ntwo\n')
  t.equal(mode(at(host, '/var/log/cook.log')), 0o640)
  chmodSync(at(host, '/var/log/cook.log'), 0o600)
  host.append('/var/log/cook.log', 'three\n')
  t.equal(mode(at(host, '/var/log/cook.log')), 0o600, 'a mode that was set')
})

t.test('a log must be a regular file', { timeout: 20_000 }, async t => {
  const host = hostIn(t, { '/file': 'text' })
  symlinkSync('file', at(host, '/link'))
  symlinkSync('nowhere', at(host, '/dangling'))
  spawnSync('mkfifo', [at(host, '/pipe')])
  mkdirSync(at(host, '/dir'))
  const isLink = 'is a symbolic link, which cook does not follow here'
  for (const [path, why] of [
    ['/link', isLink],
    ['/dangling', isLink],
    ['/pipe', 'is not a regular file'],
    ['/dir', 'is a directory, not a file'],
  ] as const) {
    t.equal(
      refused(() => host.append(path, 'x')),
      `${path}: ${why}`,
    )
  }
  t.equal(host.text('/file'), 'text')
  t.equal(host.look('/nowhere'), undefined)
})

t.test('a rename replaces the whole file', async t => {
  const host = hostIn(t, { '/file': 'old' })
  const next = host.writeTemporary('/file', 'new', 0o600, nobody)
  await next.settle()
  renameSync(at(host, next.path), at(host, '/file'))
  next.discard()
  t.equal(host.text('/file'), 'new')
})

t.test('a renamed file is looked at, so that its ctime is set', async t => {
  // On nullfs(5) over UFS and on tmpfs(5) a look sets it, whoever looks, and
  // the next run would take the file for a new one.
  const host = hostIn(t, { '/from': 'text' })
  const calls: string[] = []
  const original = { renameSync: fs.renameSync, lstatSync: fs.lstatSync }
  const note =
    <T extends (...args: never[]) => unknown>(name: string, call: T) =>
    (...args: Parameters<T>) => {
      calls.push(
        `${name} ${basename(String(args.at(name === 'rename' ? 1 : 0)))}`,
      )
      return call(...args)
    }
  Object.assign(fs, {
    renameSync: note('rename', original.renameSync),
    lstatSync: note('look', original.lstatSync),
  })
  syncBuiltinESMExports()
  try {
    host.rename('/from', '/to')
  } finally {
    Object.assign(fs, original)
    syncBuiltinESMExports()
  }
  const from = calls.indexOf('rename to')
  t.same(calls.slice(from), ['rename to', 'look to'])
})
