import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { hostIn } from './host-in.ts'

t.test('links are followed, and do not lead out of the root', async t => {
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
    // The folder above is that of where the link leads.
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
    ['/certs', '/usr/share/certs: is a folder, not a file'],
    ['/etc/a.pem/x', '/etc/a.pem/x: a part of the path is not a folder'],
  ] as const) {
    t.throws(() => host.textThrough(path), { message: new RegExp(`^${told}`) })
  }
})

t.test('what is outside of the root is not there', async t => {
  const host = hostIn(t, { '/etc/x': '' })
  const outside = join(t.testdir({ inner: {} }), 'secret')
  writeFileSync(outside, 'secret')
  symlinkSync(outside, join(host.root, 'link'))
  t.equal(host.textThrough('/link'), undefined)
})
