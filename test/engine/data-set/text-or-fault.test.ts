import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, linkSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { exit } from '../../../lib/contract/failure.ts'
import { textOrFault } from '../../../lib/engine/data-set/text-or-fault.ts'
import { paths } from '../../../lib/contract/paths.ts'
import { newReport, renderFault } from '../../../lib/contract/report.ts'
import { at, hostIn, whyNotRoot } from '../../small/host-in.ts'

const path = '/mnt/matrixdata/keys/form'

t.test('the whole text is returned unchanged', async t => {
  for (const text of ['', 'a', 'a\n', '\ufeffa\r\n', ' ä \u2028\0']) {
    const report = newReport()
    t.equal(textOrFault(hostIn(t, { [path]: text }), path, report), text)
    t.same(report.faults, [])
  }
})

t.test('a missing file is not an error', async t => {
  const report = newReport()
  t.equal(textOrFault(hostIn(t, { '/x': '' }), path, report), undefined)
  t.same(report.faults, [])
})

t.test('a file that is not text, or not a file, is an error', async t => {
  for (const [make, told] of [
    [
      () => hostIn(t, { [path]: Buffer.from('a\xff', 'latin1') }),
      'is not UTF-8 text',
    ],
    [() => hostIn(t, { [`${path}/x`]: '' }), 'is a directory, not a file'],
    [
      () => {
        const host = hostIn(t, { [`${path}.other`]: 'a' })
        symlinkSync(`${host.root}${path}.other`, host.root + path)
        return host
      },
      'is a symbolic link, which cook does not follow here',
    ],
    [
      () => {
        const host = hostIn(t, { [`${path}.other`]: 'a' })
        execFileSync('mkfifo', [host.root + path])
        return host
      },
      'is not a regular file',
    ],
    [
      () => hostIn(t, { '/mnt/matrixdata/keys': '' }),
      'a component of the path is not a directory',
    ],
  ] as const) {
    const report = newReport()
    t.equal(textOrFault(make(), path, report), undefined)
    t.same(report.faults.map(renderFault), [`error: ${path}: ${told}`])
  }
})

/** Root can read every file, so the test changes its user for a moment. */
const asNobody = (act: () => void): void => {
  const before = process.geteuid?.()
  if (before === 0) process.seteuid?.(65534)
  try {
    act()
  } finally {
    if (before === 0) process.seteuid?.(0)
  }
}

t.test('a file without read permission ends the run', async t => {
  const host = hostIn(t, { [path]: 'a' })
  chmodSync(join(host.root, path), 0)
  asNobody(() =>
    t.throws(() => textOrFault(host, path, newReport()), {
      exit: exit.noPermission,
      message: /permission denied/,
    }),
  )
})

t.test(
  'a file that another user may have put there is not read',
  { skip: whyNotRoot },
  async t => {
    const asked = [
      `error: ${path}: may have been put there by another user: ` +
        'remove it, or replace it with a copy that root owns',
    ]
    const theirs = (file: string) => chownSync(file, 48123, 48124)
    const linked = (file: string) => {
      rmSync(file)
      linkSync(join(dirname(file), '../../../root/secret'), file)
    }
    for (const [mode, change, told] of [
      [0o777, theirs, asked],
      [0o777, linked, asked],
      [0o755, theirs, asked],
      // Only root can have made this one.
      [0o755, linked, []],
    ] as const) {
      const host = hostIn(t, { [path]: 'a', '/root/secret': 'b' })
      change(at(host, path))
      chmodSync(dirname(at(host, path)), mode)
      const report = newReport()
      const text = textOrFault(host, path, report)
      t.equal(text === undefined, told.length > 0)
      t.same(report.faults.map(renderFault), told)
    }
  },
)

t.test(
  'in a directory that is not on the data set others may own a file',
  { skip: whyNotRoot },
  async t => {
    const host = hostIn(t, { [paths.homeserver]: 'a' })
    chownSync(at(host, paths.homeserver), 48123, 48124)
    t.equal(textOrFault(host, paths.homeserver, newReport()), 'a')
  },
)
