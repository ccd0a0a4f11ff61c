import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { exit } from '../../lib/contract/failure.ts'
import { hostAt, type Host } from '../../lib/host/host.ts'
import { temporaryName } from '../../lib/host/look.ts'
import { readToEnd } from '../../lib/host/named.ts'
import {
  accounts,
  asNobody,
  at,
  hostIn,
  machine,
  synapse,
  whyNotRoot,
} from '../small/host-in.ts'
import { refusal } from '../small/refusal.ts'

const largest = 16 * 1024 * 1024
const isLink = 'is a symbolic link, which cook does not follow here'

const mkfifo = (path: string): void => void spawnSync('mkfifo', [path])

/** A directory with every type of file. */
const zoo = (t: Parameters<typeof hostIn>[0]): Host => {
  const host = hostIn(t, { '/file': 'text', '/dir/inner': '' })
  symlinkSync('file', at(host, '/link'))
  symlinkSync('dir', at(host, '/dirlink'))
  symlinkSync('nowhere', at(host, '/dangling'))
  mkfifo(at(host, '/pipe'))
  return host
}

t.test('look does not follow links', async t => {
  const host = zoo(t)
  for (const [path, type] of [
    ['/file', 'file'],
    ['/dir', 'dir'],
    ['/link', 'link'],
    ['/dirlink', 'link'],
    ['/dangling', 'link'],
    ['/pipe', 'other'],
    ['/missing', undefined],
    ['/dir/missing/too', undefined],
  ] as const) {
    t.equal(host.look(path)?.type, type, path)
  }
  t.match(
    refusal(() => host.look('/file/x')),
    {
      exit: exit.config,
      message: '/file/x: a component of the path is not a directory',
    },
  )
})

t.test('look returns mode, owner, size and times', async t => {
  const host = hostIn(t, { '/file': 'text' })
  chmodSync(at(host, '/file'), 0o4751)
  utimesSync(at(host, '/file'), 1000, 2000)
  const before = Date.now() - 5000
  const { ctimeMs = 0, ...stat } = host.look('/file') ?? {}
  t.match(stat, { mode: 0o4751, size: 4, mtimeMs: 2_000_000 })
  t.match(stat, { uid: process.getuid?.(), gid: process.getgid?.() })
  t.ok(ctimeMs > before, 'nobody can set this one')
})

t.test('only a regular file is read, without following links', async t => {
  const host = zoo(t)
  t.equal(host.text('/file'), 'text')
  t.same(host.read('/file'), Buffer.from('text'))
  t.equal(host.read('/missing'), undefined)
  t.equal(host.read('/missing/too'), undefined)
  for (const [path, why] of [
    ['/link', isLink],
    ['/dangling', isLink],
    ['/dirlink', isLink],
    ['/dir', 'is a directory, not a file'],
    ['/pipe', 'is not a regular file'],
    ['/file/x', 'a component of the path is not a directory'],
  ] as const) {
    for (const read of [host.read, host.text, host.readOwned]) {
      const { exit: code, message } = refusal(() => read(path)) ?? {}
      t.same([code, message], [exit.config, `${path}: ${why}`])
    }
  }
})

t.test('a device in the place of a file is not read', async t => {
  const host = hostAt('/', machine)
  for (const path of ['/dev/zero', '/dev/null']) {
    t.equal(
      refusal(() => host.read(path))?.message,
      `${path}: is not a regular file`,
    )
  }
})

t.test('a file that is too large is not read into memory', async t => {
  const host = hostIn(t, { '/file': '' })
  truncateSync(at(host, '/file'), largest)
  t.equal(host.read('/file')?.length, largest)
  truncateSync(at(host, '/file'), largest + 1)
  t.equal(refusal(() => host.read('/file'))?.message, '/file: is too large')
  truncateSync(at(host, '/file'), 2 ** 40)
  t.equal(refusal(() => host.read('/file'))?.message, '/file: is too large')
})

t.test('without read permission it is exit 77', async t => {
  const host = hostIn(t, { '/file': 'text', '/dir/inner': '' })
  chmodSync(at(host, '/file'), 0)
  chmodSync(at(host, '/dir'), 0)
  for (const [path, read] of [
    ['/file', () => host.read('/file')],
    ['/dir', () => host.list('/dir')],
    ['/dir/inner', () => host.look('/dir/inner')],
  ] as const) {
    const { exit: code, message } = refusal(() => asNobody<unknown>(read)) ?? {}
    t.equal(code, exit.noPermission)
    t.equal(message, `${path}: permission denied`)
  }
  chmodSync(at(host, '/dir'), 0o700)
})

t.test('the names in a directory are sorted', async t => {
  const host = hostIn(t, { '/dir/b': '', '/dir/.a': '', '/dir/c/d': '' })
  t.same(host.list('/dir'), ['.a', 'b', 'c'])
  t.same(host.list('/missing'), [])
})

t.test('a claim is the text of a link', async t => {
  const host = zoo(t)
  t.equal(host.claimed('/dangling'), 'nowhere')
  t.equal(host.claimed('/missing'), undefined)
  t.equal(host.claimed('/file'), '', 'a file is no claim')
  t.equal(host.claimed('/dir'), '')
})

t.test('a named file is below the root, or outside', async t => {
  const dir = t.testdir({ root: {}, both: 'outside', only: 'outside' })
  const host = hostAt(join(dir, 'root'), machine)
  symlinkSync('only', join(dir, 'link'))
  mkdirSync(at(host, dir), { recursive: true })
  writeFileSync(at(host, join(dir, 'both')), 'below')
  t.equal(String(host.readNamed(join(dir, 'both'))), 'below')
  t.equal(String(host.readNamed(join(dir, 'only'))), 'outside')
  t.equal(String(host.readNamed(join(dir, 'link'))), 'outside')
  t.equal(host.readNamed(join(dir, 'missing')), undefined)
  t.equal(host.readNamed('no/such/file'), undefined)
  symlinkSync('/etc/passwd', at(host, '/link'))
  t.equal(
    refusal(() => host.readNamed('/link'))?.message,
    `/link: ${isLink}`,
    'a jail does not lead out of itself',
  )
})

t.test('on the live system a named file may be a link or a pipe', async t => {
  const dir = t.testdir({ file: 'text', link: t.fixture('symlink', 'file') })
  const host = hostAt('/', machine)
  t.equal(String(host.readNamed(join(dir, 'link'))), 'text')
  mkfifo(join(dir, 'pipe'))
  const writer = spawn('sh', ['-c', `echo secret >'${dir}/pipe'`])
  t.equal(String(host.readNamed(join(dir, 'pipe'))), 'secret\n')
  t.match(refusal(() => host.readNamed('/dev/zero'))?.message, 'is too large')
  await new Promise(resolve => writer.once('close', resolve))
})

t.test('the owner is that of the file whose content was read', async t => {
  const host = hostIn(t, { '/mine': 'x' }, 48123)
  chownSync(at(host, '/mine'), machine.euid, -1)
  const own = machine.euid === 0
  const content = Buffer.from(own ? 'x' : '')
  t.same(host.readOwned('/mine'), { content, own, alone: own })
  linkSync(at(host, '/mine'), at(host, '/other'))
  t.equal(host.readOwned('/mine')?.alone, false)
  t.equal(host.readOwned('/missing'), undefined)
})

t.test("another user's file is not read", { skip: whyNotRoot }, async t => {
  for (const [uid, euid, own] of [
    [0, 0, true],
    [0, 48123, true],
    [48123, 48123, true],
    [48123, 0, false],
    [1, 48123, false],
  ] as const) {
    const host = hostIn(t, { '/file': 'x' }, euid)
    chownSync(at(host, '/file'), uid, 0)
    t.equal(host.readOwned('/file')?.own, own, `${uid}, ${euid}`)
  }
})

t.test('a log is read from an offset', async t => {
  const long = `${'x'.repeat(70_000)}end`
  const host = hostIn(t, { '/log': 'one\ntwo\n', '/long': long, '/empty': '' })
  for (const [path, from, text] of [
    ['/log', 0, 'one\ntwo\n'],
    ['/log', 4, 'two\n'],
    ['/log', 8, ''],
    // A file that is shorter than the offset was truncated.
    ['/log', 9, 'one\ntwo\n'],
    ['/empty', 0, ''],
    ['/missing', 0, ''],
    ['/long', 0, long.slice(-65536)],
    ['/long', 70_000, 'end'],
  ] as const) {
    t.equal(host.textFrom(path, from), text, `${path} from ${from}`)
  }
})

t.test("a log that a service's user replaced is not read", async t => {
  const host = zoo(t)
  linkSync(at(host, '/file'), at(host, '/second'))
  for (const path of ['/link', '/dirlink', '/dangling', '/dir', '/pipe']) {
    t.equal(host.textFrom(path, 0), '', path)
  }
  t.equal(host.textFrom('/second', 0), '', "it may be somebody else's file")
})

t.test('users and groups are those of the root', async t => {
  const host = hostIn(t, {
    '/etc/passwd': `# a comment\n+:*::\nodd\nbad:*:x:1\n${accounts['/etc/passwd']}`,
    '/etc/group': accounts['/etc/group'],
  })
  t.equal(host.uid('synapse'), synapse.uid)
  t.equal(host.gid('synapse'), synapse.gid)
  t.equal(host.uid('root'), 0)
  for (const name of ['nobody', 'bad', 'odd', '', '+', '# a comment']) {
    t.equal(host.uid(name), undefined, name)
  }
  t.equal(host.gid('root'), undefined)
  const bare = hostIn(t, {})
  t.equal(bare.uid('root') ?? bare.gid('wheel'), undefined)
})

t.test('leftovers are recognized by their names', async t => {
  const path = '/dir/a.yaml'
  const name = temporaryName(path, '0123456789ab')
  t.equal(name, '/dir/.a.yaml.0123456789ab.cook')
  const others = [
    '.b.yaml.0123456789ab.cook',
    '.x.a.yaml.0123456789ab.cook',
    '.a.yaml.x.0123456789ab.cook',
  ]
  const strangers = [
    'a.yaml',
    '.a.yaml.0123456789a.cook',
    '.a.yaml.0123456789abc.cook',
    '.a.yaml.0123456789AB.cook',
    '.a.yaml.0123456789ab.cook.bak',
    'a.yaml.0123456789ab.cook',
    '..0123456789ab.cook',
    '.0123456789ab.cook',
  ]
  const host = hostIn(t, {})
  mkdirSync(at(host, '/dir'))
  const names = ['.a.yaml.0123456789ab.cook', ...others, ...strangers]
  names.forEach(each => writeFileSync(at(host, `/dir/${each}`), ''))
  t.same(host.leftovers(path), [name])
  t.same(
    host.leftoversIn('/dir'),
    names
      .slice(0, 4)
      .map(each => `/dir/${each}`)
      .toSorted(),
  )
  t.same(host.leftovers('/missing/a'), [])
  t.same(host.leftoversIn('/missing'), [])
})

t.test('a file that grows while it is read is not read for ever', async t => {
  const fd = openSync('/dev/zero', 'r')
  t.throws(() => readToEnd(fd, 10), { message: 'is too large' })
  closeSync(fd)
})
