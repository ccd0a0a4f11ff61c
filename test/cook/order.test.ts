// No file is ever half written: the order of cook's writes, as the kernel sees
// it, with each kind of executable.

import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { callsOf, roots } from '../faults/faults.ts'
import { cookBy, skipOf } from '../faults/traced.ts'

const isRoot = process.geteuid?.() === 0

const isTemporary = (path: string): boolean => path.endsWith('.cook')

const intentOf = (root: string): string => join(root, 'var/db/cook/intent.json')

const changes = ['--max-upload=7M', '--ip=10.192.0.6', '--log-level=DEBUG']

for (const kind of ['bundle', 'pkg', 'bun'] as const) {
  const skip = skipOf(kind)
  t.test(
    `a file gets its name when it is complete (${kind})`,
    { skip },
    async t => {
      const all = roots(t)
      const root = all.copyOf(all.empty)
      for (const args of [[], changes]) {
        const done = cookBy(kind, root, args)
        const renames = done.filter(({ name }) => name === 'rename')
        t.ok(renames.length > 3)
        for (const rename of renames) {
          const { path, from = '' } = rename
          const steps = done.filter(each => each.path === from)
          const owner = isRoot ? '(chown )?' : ''
          const order = new RegExp(`^open (write )+${owner}chmod fsync$`)
          t.match(steps.map(({ name }) => name).join(' '), order, path)
          t.match(steps[0]?.args, /O_EXCL.*, 0600$/)
          t.equal(dirname(from), dirname(path), 'in the directory of the file')
          const after = done.slice(done.indexOf(rename) + 1)
          t.same(
            after.filter(each => each.path === from),
            [],
          )
          t.same(
            after
              .filter(each => each.path === path)
              // The intent is removed when the work is done.
              .filter(
                ({ name }) => path !== intentOf(root) || name !== 'unlink',
              ),
            [],
          )
          const folder = dirname(path)
          t.ok(
            after.some(each => each.name === 'fsync' && each.path === folder),
            `${folder} is on the disk`,
          )
        }
        // What the run is about to create may be named before the rest is on
        // the disk.
        const others = renames.filter(({ path }) => path !== intentOf(root))
        const first = done.indexOf(others[0]!)
        const lastWrite = done.findLastIndex(
          ({ name, path }) => name === 'fsync' && isTemporary(path),
        )
        t.ok(lastWrite < first, 'all are written before the first is renamed')
        t.equal(renames.at(-1)?.path, join(root, 'var/db/cook/last.json'))
      }
    },
  )

  t.test(
    `cook writes only next to the final files (${kind})`,
    { skip },
    async t => {
      const all = roots(t)
      const root = all.copyOf(all.empty)
      for (const args of [[], changes]) {
        const done = cookBy(kind, root, args)
        const isFolder = (path: string) => statSync(path).isDirectory()
        const others = done
          .filter(({ name, path }) => name !== 'rename' && !isTemporary(path))
          .filter(({ path }) => !existsSync(path) || !isFolder(path))
          .map(({ name, path }) => `${name} ${path.slice(root.length)}`)
        t.same([...new Set(others)].toSorted(), [
          'open /var/log/cook.log',
          'symlink /var/run/cook.lock',
          'unlink /var/db/cook/intent.json',
          'unlink /var/run/cook.lock',
          'write /var/log/cook.log',
        ])
      }
    },
  )

  t.test(`a second run changes nothing (${kind})`, { skip }, async t => {
    const all = roots(t)
    const root = all.copyOf(all.empty)
    cookBy(kind, root, [])
    t.same(cookBy(kind, root, []), [])
  })
}

t.test(
  'the hook that other tests use sees every change',
  {
    skip: skipOf('bundle'),
  },
  async t => {
    const all = roots(t)
    const cooked = all.copyOf(all.empty)
    await callsOf(cooked, [])
    for (const [from, args] of [
      [all.empty, []],
      [cooked, changes],
    ] as const) {
      const [here, there] = [all.copyOf(from), all.copyOf(from)]
      const calls = await callsOf(here, args)
      const seen = cookBy('bundle', there, args)
      const of = (...names: string[]) =>
        calls.filter(([name]) => names.includes(name)).length
      const by = (name: string) =>
        seen.filter(each => each.name === name).length
      for (const [name, hooked] of [
        ['open', of('openSync')],
        // Each counts as two points: before it, and in its middle.
        ['write', of('writeFileSync') / 2],
        ['rename', of('renameSync')],
        ['link', of('linkSync')],
        ['symlink', of('symlinkSync')],
        ['chmod', of('fchmodSync')],
        ['chown', of('fchownSync')],
        ['fsync', of('fsync')],
      ] as const) {
        t.equal(hooked, by(name), name)
      }
      // One call may also create the parent directories.
      const folders = calls.flatMap(([name, path]) =>
        name === 'mkdirSync' ? [`${path.slice(here.length)}/`] : [],
      )
      for (const { path } of seen.filter(({ name }) => name === 'mkdir')) {
        const inside = path.slice(there.length)
        t.ok(
          folders.some(each => each.startsWith(`${inside}/`)),
          inside,
        )
      }
      // A call may find that there is nothing to do.
      t.ok(of('rmSync') >= by('unlink'), 'unlink')
      const known = [
        'open',
        'write',
        'rename',
        'link',
        'symlink',
        'chmod',
        'chown',
        'fsync',
        'mkdir',
        'unlink',
      ]
      t.same(
        seen.filter(({ name }) => !known.includes(name)),
        [],
      )
    }
  },
)
