import { chmodSync, chownSync, linkSync, mkdirSync, symlinkSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import t from 'tap'
import { judgeFolders } from '../../../lib/engine/data-set/judge-folders.ts'
import { paths } from '../../../lib/contract/paths.ts'
import { newReport } from '../../../lib/contract/report.ts'
import { at, hostIn, whyNotRoot } from '../../small/host-in.ts'

const file = `${paths.keysDir}/registration`
const other = '/root/other'

/** How another user can put a file into a directory of cook. */
const ways = {
  'it is theirs': (folder: string) => chownSync(folder, 991, 991),
  'all may write there': (folder: string) => chmodSync(folder, 0o777),
  'their group may': (folder: string) => chmodSync(folder, 0o770),
}

const faultsOf = (host: ReturnType<typeof hostIn>): string[] => {
  const report = newReport()
  t.equal(judgeFolders(host, report), !report.failed())
  return report.faults.map(({ subject, message }) => `${subject}: ${message}`)
}

for (const [what, open] of Object.entries(ways)) {
  t.test(`a directory of cook: ${what}`, { skip: whyNotRoot }, async t => {
    const made = () => {
      const host = hostIn(t, { [file]: 'x', [other]: 'y' })
      open(at(host, paths.keysDir))
      return host
    }
    t.same(
      faultsOf(made()),
      [],
      "only root can have put root's own files there",
    )

    const second = made()
    linkSync(at(second, other), at(second, `${paths.keysDir}/form`))
    t.match(faultsOf(second), [/^\/mnt\/matrixdata\/keys: .* put "form" there/])

    const link = made()
    symlinkSync(other, at(link, `${paths.keysDir}/form`))
    t.same(
      faultsOf(link),
      [],
      'a link of root is not an error, and not followed',
    )

    const theirs = made()
    chownSync(at(theirs, file), 991, 991)
    t.match(faultsOf(theirs), [/ put "registration" there: remove it, or /])
  })
}

t.test(
  'in a directory that only root can write to every file is of root',
  { skip: whyNotRoot },
  async t => {
    const host = hostIn(t, { [file]: 'x', [other]: 'y' })
    linkSync(at(host, other), at(host, `${paths.keysDir}/form`))
    t.same(faultsOf(host), [], 'nobody else can have made a hard link there')
    for (const each of [
      paths.authorizedKeys,
      paths.serviceAccount,
      `${paths.overlayDir}/own.yaml`,
      `${paths.tlsDir}/x.key`,
      file,
    ]) {
      const host = hostIn(t, { [each]: 'x' })
      chownSync(at(host, each), 991, 991)
      t.match(faultsOf(host), [
        `${dirname(each)}: contains "${basename(each)}", which root does not ` +
          'own: remove it, or replace it with a copy that root owns',
      ])
    }
  },
)

t.test(
  'a directory that was open until now may have hard links of others',
  { skip: whyNotRoot },
  async t => {
    const host = hostIn(t, { [file]: 'x', [other]: 'y' })
    linkSync(at(host, other), at(host, `${paths.keysDir}/form`))
    const report = newReport()
    t.notOk(judgeFolders(host, report, [paths.keysDir]))
    t.match(report.faults[0]?.message, /may have put "form" there/)
  },
)

t.test('a link in the place of a directory is an error', async t => {
  const host = hostIn(t, { [other]: 'y' })
  mkdirSync(at(host, paths.data), { recursive: true })
  symlinkSync('/root', at(host, paths.sshKeysDir))
  t.match(faultsOf(host), [/^\/mnt\/matrixdata\/ssh: is a symbolic link/])
})
