import t from 'tap'
import type { Stat } from '../../../lib/host/look.ts'
import { accessDrift, ownerOf } from '../../../lib/engine/steps/owner.ts'
import { accounts, hostIn } from '../../small/host-in.ts'

const stat = (uid: number, gid: number, mode = 0o640): Stat => ({
  type: 'file',
  mode,
  uid,
  gid,
  size: 0,
  dev: 0,
  ino: 0,
  names: 1,
  mtimeMs: 0,
  ctimeMs: 0,
})

const access = { owner: 'root', group: 'synapse', mode: 0o640 }

t.test('names become numbers, according to the files of the root', async t => {
  const host = hostIn(t, accounts, 0)
  for (const [owner, group, uid, gid] of [
    ['root', 'wheel', 0, 0],
    ['root', 'synapse', 0, 48124],
    ['synapse', 'synapse', 48123, 48124],
    ['control', 'control', undefined, undefined],
  ] as const) {
    t.same(ownerOf(host, { owner, group, mode: 0 }), { uid, gid })
  }
})

t.test('root and wheel are 0 even without passwd and group files', async t => {
  const names = { owner: 'root', group: 'wheel', mode: 0 }
  t.same(ownerOf(hostIn(t, {}, 0), names), { uid: 0, gid: 0 })
})

t.test('only root changes owners', async t => {
  const owner = ownerOf(hostIn(t, accounts, 1001), access)
  t.same(owner, { uid: undefined, gid: undefined })
})

t.test('a wrong owner, group or mode is drift', async t => {
  for (const [euid, is, drift] of [
    [0, stat(0, 48124), undefined],
    [0, stat(1, 48124), 'does not belong to root:synapse'],
    [0, stat(0, 0), 'does not belong to root:synapse'],
    [0, stat(0, 48124, 0o644), 'has mode 0644 instead of 0640'],
    [0, stat(0, 48124, 0o4640), 'has mode 4640 instead of 0640'],
    [0, stat(0, 48124, 0), 'has mode 0000 instead of 0640'],
    [1001, stat(1001, 1001), undefined],
    [1001, stat(1001, 1001, 0o600), 'has mode 0600 instead of 0640'],
  ] as const) {
    const host = hostIn(t, accounts, euid)
    t.equal(accessDrift(host, access, is), drift)
  }
})

t.test('a name that the root does not know is not drift', async t => {
  const unknown = { owner: 'synapse', group: 'synapse', mode: 0o640 }
  t.equal(accessDrift(hostIn(t, {}, 0), unknown, stat(5, 6)), undefined)
})
