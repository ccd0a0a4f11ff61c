import { readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { hostAt } from '../../lib/host/host.ts'
import { hostIn, machine } from '../small/host-in.ts'

t.test('links are resolved inside the root', async t => {
  const host = hostIn(t, {
    '/etc/a.pem': 'a',
    '/usr/share/certs/trusted/b.pem': 'b',
    '/etc/ssl/certs/x': '',
  })
  const link = (to: string, at: string) => symlinkSync(to, join(host.root, at))
  link('../../../usr/share/certs/trusted/b.pem', 'etc/ssl/certs/relative')
  link('/usr/share/certs/trusted/b.pem', 'etc/ssl/certs/whole')
  link('/usr/share/certs', 'certs')
  link('certs', 'again')
  link('/../../../../etc/a.pem', 'etc/above')
  link('nowhere', 'etc/broken')
  link('b', 'a')
  link('a', 'b')
  for (const [path, text] of [
    ['/etc/a.pem', 'a'],
    ['//etc/./a.pem', 'a'],
    ['/etc/ssl/certs/relative', 'b'],
    ['/etc/ssl/certs/whole', 'b'],
    ['/certs/trusted/b.pem', 'b'],
    ['/again/trusted/b.pem', 'b'],
    // The parent of a link is that of its target.
    ['/certs/../certs/trusted/b.pem', 'b'],
    ['/etc/above', 'a'],
    ['/../etc/a.pem', 'a'],
    ['/etc/broken', undefined],
    ['/etc/none', undefined],
    ['/none/a.pem', undefined],
  ] as const) {
    t.equal(host.textThrough(path), text, path)
  }
  for (const [path, told] of [
    ['/a', '/a: is a symbolic link'],
    ['/certs', '/usr/share/certs: is a directory, not a file'],
    [
      '/etc/a.pem/x',
      '/etc/a.pem/x: a component of the path is not a directory',
    ],
  ] as const) {
    t.throws(() => host.textThrough(path), { message: new RegExp(`^${told}`) })
  }
})

t.test('a link to outside the root leads nowhere', async t => {
  const host = hostIn(t, { '/etc/x': '' })
  const outside = join(t.testdir({ inner: {} }), 'secret')
  writeFileSync(outside, 'secret')
  symlinkSync(outside, join(host.root, 'link'))
  t.equal(host.textThrough('/link'), undefined)
})

t.test('directories that are links are resolved inside the root', async t => {
  const real = t.testdir({
    root: { etc: { 'rc.conf': 'a' }, run: {}, inside: { log: { x: 'in' } } },
    outside: { log: { x: 'out' }, db: {} },
  })
  const root = join(real, 'root')
  symlinkSync(`../../../../../..${join(real, 'outside')}`, join(root, 'above'))
  // Its name is in no path of a clone, which may be below /var.
  symlinkSync(join(real, 'outside'), join(root, 'absolute'))
  symlinkSync('/inside', join(root, 'usr'))
  symlinkSync('log', join(root, 'inside/logs'))
  const host = hostAt(root, machine)
  for (const folder of ['/absolute', '/above']) {
    t.equal(host.text(`${folder}/log/x`), undefined)
    t.notOk(host.list(`${folder}/log`).includes('x'))
    host.append(`${folder}/log/new`, 'b')
    t.match(host.text(`${folder}/log/new`), 'b', 'it is somewhere')
    t.throws(() => host.makeDir(`${folder}/db/cook`, 0o755))
  }
  t.equal(host.text('/usr/log/x'), 'in')
  t.same(host.list('/usr/logs'), ['x'])
  host.append('/usr/logs/new', 'c')
  await host.syncDirs(['/usr/logs'])
  t.same(readdirSync(join(root, 'inside/log')), ['new', 'x'])
  t.same(readdirSync(join(real, 'outside/log')), ['x'])
  t.same(readdirSync(join(real, 'outside/db')), [])
})
