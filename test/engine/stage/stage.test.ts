import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import t, { type Test } from 'tap'
import { exit } from '../../../lib/contract/failure.ts'
import type { Host } from '../../../lib/host/host.ts'
import { newStage, type Stage } from '../../../lib/engine/stage/stage.ts'
import { differences, picture } from '../../e2e/setting.ts'
import { at, hostIn, synapse, whyNotRoot } from '../../small/host-in.ts'
import { refusal } from '../../small/refusal.ts'

const nobody = { uid: undefined, gid: undefined }

const mode = (host: Host, path: string): number =>
  lstatSync(at(host, path)).mode & 0o7777

const inode = (host: Host, path: string): number =>
  lstatSync(at(host, path)).ino

/** Everything below the root, except for the times of directories. */
const contents = (host: Host): Record<string, string> =>
  Object.fromEntries(
    Object.entries(picture(host.root, [])).map(([path, facts]) => [
      path,
      facts.startsWith('4') ? facts.replace(/ \d+ $/, '') : facts,
    ]),
  )

const changed = (before: Record<string, string>, host: Host): string[] =>
  differences(before, contents(host))

const commit = async (stage: Stage): Promise<void> => {
  await stage.settle()
  await stage.commit()
}

/** Two files, of which the second cannot be renamed to its place. */
const doomed = (t: Test) => {
  const host = hostIn(t, { '/etc/a': 'old a', '/etc/b/inner': '' })
  const stage = newStage(host)
  stage.file('/etc/a', 'new a', 0o600, nobody)
  stage.file('/etc/b', 'new b', 0o600, nobody)
  return { host, stage }
}

t.test('no file has its name before the commit', async t => {
  const host = hostIn(t, { '/etc/a': 'old' })
  const stage = newStage(host)
  stage.file('/etc/a', 'new', 0o644, nobody)
  stage.file('/etc/b', 'b', 0o644, nobody)
  t.equal(host.text('/etc/a'), 'old')
  t.equal(host.text('/etc/b'), undefined)
  t.same(
    [stage.text('/etc/a'), stage.text('/etc/b'), stage.text('/etc/c')],
    ['new', 'b', undefined],
  )
  t.equal(host.text(stage.temporary('/etc/b') ?? ''), 'b')
  t.equal(stage.temporary('/etc/c'), undefined)
  t.same(stage.changed(), [])
  await commit(stage)
  t.same([host.text('/etc/a'), host.text('/etc/b')], ['new', 'b'])
  t.same(stage.changed(), ['/etc/a', '/etc/b'])
})

t.test('changing only a mode keeps the time of the file', async t => {
  const host = hostIn(t, { '/etc/a': 'text', '/etc/b': 'old' })
  for (const path of ['/etc/a', '/etc/b']) {
    utimesSync(at(host, path), 1000, 1000)
  }
  const stage = newStage(host)
  stage.file('/etc/a', 'text', 0o600, nobody)
  stage.file('/etc/b', 'new', 0o600, nobody)
  stage.file('/etc/c', '', 0o600, nobody)
  await commit(stage)
  t.match(host.look('/etc/a'), { mode: 0o600, mtimeMs: 1_000_000 })
  t.ok((host.look('/etc/b')?.mtimeMs ?? 0) > 1_000_000)
  t.same(stage.changed(), ['/etc/b', '/etc/c'])
})

t.test('at the end no hard links are left', async t => {
  const host = hostIn(t, { '/etc/a': 'old' })
  const stage = newStage(host)
  stage.file('/etc/a', 'new', 0o644, nobody)
  await commit(stage)
  t.equal(readdirSync(at(host, '/etc')).length, 2, 'the previous file is kept')
  t.same(stage.finish(), [])
  t.same(readdirSync(at(host, '/etc')), ['a'])
  t.same(stage.finish(), [], 'a second finish does nothing')
})

t.test('a stage abandoned before its commit leaves no trace', async t => {
  const host = hostIn(t, { '/etc/a': 'old' })
  const before = contents(host)
  const stage = newStage(host)
  stage.file('/etc/a', 'new', 0o644, nobody)
  stage.file('/mnt/new/b', 'b', 0o644, nobody)
  stage.dir('/mnt/own', 0o750, nobody)
  stage.abandon()
  t.same(changed(before, host), [])
})

t.test('a stage abandoned after its commit is rolled back', async t => {
  const host = hostIn(t, { '/etc/a': 'old' })
  utimesSync(at(host, '/etc/a'), 1000, 1000)
  const before = contents(host)
  const old = inode(host, '/etc/a')
  const stage = newStage(host)
  stage.file('/etc/a', 'new', 0o644, nobody)
  stage.file('/mnt/new/b', 'b', 0o644, nobody)
  await commit(stage)
  stage.abandon()
  t.same(changed(before, host), [])
  t.equal(inode(host, '/etc/a'), old, 'the very same file')
})

t.test('if one file cannot be renamed, none is', async t => {
  const { host, stage } = doomed(t)
  const names = readdirSync(at(host, '/etc'))
  await stage.settle()
  await t.rejects(stage.commit(), {
    exit: exit.cantCreate,
    message: /^\/etc\/b: /,
  })
  stage.abandon()
  t.same(
    readdirSync(at(host, '/etc')),
    names.filter(n => !n.startsWith('.')),
  )
  t.equal(host.text('/etc/a'), 'old a')
})

t.test('a file that was replaced twice gets its first content', async t => {
  for (const end of ['abandon', 'revert'] as const) {
    const host = hostIn(t, { '/etc/rc.conf': 'old' })
    const stage = newStage(host)
    stage.file('/etc/rc.conf', 'one', 0o644, nobody)
    stage.file('/etc/rc.conf', 'two', 0o644, nobody)
    t.equal(stage.text('/etc/rc.conf'), 'two')
    t.equal(host.text(stage.temporary('/etc/rc.conf') ?? ''), 'two')
    await commit(stage)
    t.equal(host.text('/etc/rc.conf'), 'two')
    await stage[end](['/etc/rc.conf'])
    t.equal(host.text('/etc/rc.conf'), 'old', end)
    t.same(readdirSync(at(host, '/etc')), ['rc.conf'])
  }
})

t.test('a file that several steps change is renamed once', async t => {
  const plain = hostIn(t, { '/etc/a': 'old\n' })
  const renamed: string[] = []
  const host: Host = {
    ...plain,
    rename: (from, to) => {
      renamed.push(to)
      plain.rename(from, to)
    },
  }
  const stage = newStage(host)
  for (const line of ['one', 'two', 'three']) {
    stage.rewrite('/etc/a', `${stage.text('/etc/a')}${line}\n`)
  }
  stage.file('/etc/b', 'b', 0o644, nobody)
  await commit(stage)
  t.same(renamed, ['/etc/a', '/etc/b'])
  t.equal(host.text('/etc/a'), 'old\none\ntwo\nthree\n')
  t.same(host.list('/etc').filter(name => name.endsWith('.cook')).length, 1)
  stage.finish()
  t.same(host.list('/etc'), ['a', 'b'])
})

t.test('a link in place of a file is replaced, and restored', async t => {
  const host = hostIn(t, { '/etc/target': 'text' })
  symlinkSync('target', at(host, '/etc/a'))
  for (const goes of [false, true]) {
    const stage = newStage(host)
    stage.file('/etc/a', 'new', 0o600, nobody)
    await commit(stage)
    t.equal(host.text('/etc/a'), 'new')
    t.equal(host.text('/etc/target'), 'text', 'its target stays')
    if (goes) {
      stage.finish()
      t.same(readdirSync(at(host, '/etc')), ['a', 'target'])
    } else {
      stage.abandon()
      t.equal(readlinkSync(at(host, '/etc/a')), 'target')
    }
  }
})

t.test('a file with two hard links keeps both', async t => {
  const host = hostIn(t, { '/etc/a': 'old' })
  linkSync(at(host, '/etc/a'), at(host, '/other'))
  const stage = newStage(host)
  stage.file('/etc/a', 'new', 0o600, nobody)
  await commit(stage)
  stage.finish()
  t.same([host.text('/etc/a'), host.text('/other')], ['new', 'old'])
})

t.test('parent directories are accessible to everybody', async t => {
  const host = hostIn(t, {})
  const mask = process.umask(0o022)
  const stage = newStage(host)
  stage.file('/a/b/c', '', 0o600, nobody)
  stage.dir('/a/d/e', 0o700, nobody)
  process.umask(mask)
  for (const [path, wanted] of [
    ['/a', 0o755],
    ['/a/b', 0o755],
    ['/a/d', 0o755],
    ['/a/d/e', 0o700],
  ] as const) {
    t.equal(mode(host, path), wanted, path)
  }
  stage.abandon()
  t.same(readdirSync(host.root), [])
})

t.test('the mode of a directory is restored', async t => {
  const host = hostIn(t, { '/a/x': '' })
  chmodSync(at(host, '/a'), 0o701)
  const stage = newStage(host)
  stage.dir('/a', 0o750, nobody)
  t.equal(mode(host, '/a'), 0o750)
  stage.abandon()
  t.equal(mode(host, '/a'), 0o701)
})

t.test(
  'the owner of a directory is restored',
  { skip: whyNotRoot },
  async t => {
    const host = hostIn(t, { '/a/x': '' })
    chownSync(at(host, '/a'), 5, 6)
    const stage = newStage(host)
    stage.dir('/a', 0o750, synapse)
    t.match(host.look('/a'), { mode: 0o750, ...synapse })
    stage.abandon()
    t.match(host.look('/a'), { uid: 5, gid: 6 })
  },
)

t.test('all changes are rolled back, the last one first', async t => {
  const host = hostIn(t, { '/etc/a': 'old' })
  const stage = newStage(host)
  const undone: string[] = []
  stage.undo(() => undone.push('one'))
  stage.undo(() => {
    throw new Error('pw: exit 67')
  })
  stage.undo(() => undone.push('three'))
  stage.file('/etc/a', 'new', 0o600, nobody)
  await commit(stage)
  t.match(
    refusal(() => stage.abandon(new Error('/x: no space left'))),
    {
      exit: exit.cantCreate,
      message: '/x: no space left; could not roll back: pw: exit 67',
    },
  )
  t.same(undone, ['three', 'one'])
  t.equal(host.text('/etc/a'), 'old')
})

t.test('previous files can be restored while new files stay', async t => {
  const host = hostIn(t, { '/etc/yaml': 'old', '/etc/other': 'old' })
  utimesSync(at(host, '/etc/yaml'), 1000, 1000)
  const [old] = [host.look('/etc/yaml')]
  const stage = newStage(host)
  for (const name of ['yaml', 'other', 'key']) {
    stage.file(`/etc/${name}`, 'new', 0o600, nobody)
  }
  await commit(stage)
  t.equal(await stage.revert(['/etc/yaml', '/etc/key', '/etc/missing']), true)
  t.equal(host.text('/etc/yaml'), 'old')
  t.equal(host.look('/etc/yaml')?.mtimeMs, old?.mtimeMs)
  t.equal(host.text('/etc/key'), 'new', 'a new key is not lost')
  t.equal(host.text('/etc/other'), 'new', 'it was not named')
  t.same(stage.changed(), ['/etc/other', '/etc/key'])
  t.equal(await stage.revert(['/etc/yaml', '/etc/key']), false, 'nothing more')
  t.same(stage.finish(), [])
  t.same(readdirSync(at(host, '/etc')), ['key', 'other', 'yaml'])
})

t.test('leftovers are removed by a commit, and only by one', async t => {
  const remains = ['/etc/.a.0123456789ab.cook', '/etc/.b.0123456789ab.cook']
  const host = hostIn(t, Object.fromEntries(remains.map(path => [path, 'x'])))
  const before = contents(host)
  const given = newStage(host)
  given.clean(remains)
  given.abandon()
  t.same(changed(before, host), [])
  const stage = newStage(host)
  stage.clean(remains)
  await commit(stage)
  t.same(readdirSync(at(host, '/etc')), [])
  t.same(stage.finish(), [])
})

t.test('files that cannot be removed are reported at the end', async t => {
  const host = hostIn(t, { '/etc/a': 'old' })
  mkdirSync(at(host, '/etc/.x.0123456789ab.cook'))
  writeFileSync(at(host, '/etc/.y.0123456789ab.cook'), '')
  const stage = newStage(host)
  stage.clean(['/etc/.x.0123456789ab.cook', '/etc/.y.0123456789ab.cook'])
  stage.file('/etc/a', 'new', 0o600, nobody)
  await commit(stage)
  const told = stage.finish()
  t.equal(told.length, 1)
  t.match(told[0], '/etc/.x.0123456789ab.cook: ')
  t.same(readdirSync(at(host, '/etc')), ['.x.0123456789ab.cook', 'a'])
  t.equal(host.text('/etc/a'), 'new')
})

t.test('an empty stage changes nothing', async t => {
  const host = hostIn(t, { '/etc/a': 'old' })
  const before = picture(host.root, [])
  const stage = newStage(host)
  await commit(stage)
  t.same(stage.finish(), [])
  t.equal(await stage.revert(['/etc/a']), false)
  t.same(differences(before, picture(host.root, [])), [])
})

t.test('revert does not restore a mode that was mended', async t => {
  const host = hostIn(t, { '/etc/key': 'secret' })
  chmodSync(at(host, '/etc/key'), 0o666)
  const stage = newStage(host)
  stage.file('/etc/key', 'secret', 0o640, nobody)
  await commit(stage)
  t.equal(await stage.revert(['/etc/key']), false)
  t.equal(host.look('/etc/key')?.mode, 0o640)
  t.same(stage.finish(), [])
})
