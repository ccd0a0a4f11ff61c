import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { newReport, renderFault } from '../../../lib/contract/report.ts'
import { judgeRights } from '../../../lib/engine/data-set/judge-rights.ts'
import { hostIn } from '../../small/host-in.ts'

const users = { '/etc/passwd': 'root:*:0:0\nsynapse:*:999:999::/:/bin/sh\n' }

const rights = (
  t: Test,
  files: Readonly<Record<string, string>>,
  mode: number,
  euid: number,
) => {
  const host = hostIn(t, { '/mnt/x': '', ...files }, euid)
  chmodSync(join(host.root, '/mnt'), mode)
  const report = newReport()
  judgeRights(host, ['synapse'], report)
  return report.faults.map(renderFault)
}

t.test('missing rights are reported', async t => {
  const nobody =
    'warning: /etc/passwd: has no user synapse: root will own its files'
  t.same(rights(t, users, 0o755, 0), [])
  t.same(rights(t, users, 0o711, 0), [])
  t.same(rights(t, users, 0o755, 1001), [
    'warning: --root: not root: owners are not changed',
  ])
  t.same(rights(t, {}, 0o755, 0), [nobody])
  t.same(rights(t, { '/etc/passwd': 'synapsis:*:1:1\n' }, 0o755, 0), [nobody])
  t.match(rights(t, users, 0o750, 0), [
    /^error: \/mnt: is not accessible to other users, .*: run chmod o\+x \/mnt$/,
  ])
})

t.test('an incomplete passwd or group file is an error', async t => {
  for (const [path, text, fault] of [
    ['/etc/passwd', '', 'has no entries'],
    ['/etc/passwd', 'x', 'has no entries'],
    ['/etc/passwd', '\0\0\0\0', 'has no entries'],
    ['/etc/passwd', 'synapse:*:1:1::/:/us', 'ends in the middle of a line'],
    ['/etc/group', '# none\n', 'has no entries'],
  ] as const) {
    const told = rights(t, { ...users, [path]: text }, 0o755, 0)
    t.match(told[0], `error: ${path}: ${fault}: restore it from a backup`)
  }
  const odd = `# from another\n+:*::::::\n${users['/etc/passwd']}`
  t.same(rights(t, { ...users, '/etc/passwd': odd }, 0o755, 0), [])
})

t.test('a data set that does not exist yet is not checked', async t => {
  const report = newReport()
  judgeRights(hostIn(t, users, 0), ['synapse'], report)
  t.same(report.faults, [])
})
