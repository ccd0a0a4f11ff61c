import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lstatSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import t from 'tap'
import { exit } from '../../../lib/contract/failure.ts'
import type { Host } from '../../../lib/host/host.ts'
import type { DirStep } from '../../../lib/engine/steps/step.ts'
import { newStage } from '../../../lib/engine/stage/stage.ts'
import { drift, mend } from '../../../lib/engine/steps/dir.ts'
import { differences, picture } from '../../e2e/setting.ts'
import {
  accounts,
  at,
  hostIn,
  mended,
  synapse,
  whyNotRoot,
} from '../../small/host-in.ts'
import { refusal } from '../../small/refusal.ts'

const step: DirStep = {
  kind: 'dir',
  path: '/mnt/matrixdata/keys',
  owner: 'root',
  group: 'synapse',
  mode: 0o750,
}

const own: DirStep = { ...step, owner: 'synapse' }

const mendIn = (host: Host, wanted = step) =>
  mended(host, stage => mend(wanted, host, stage))

const staysAsItIs = async (host: Host, wanted = step): Promise<string[]> => {
  const before = picture(host.root, [])
  await mendIn(host, wanted)
  return differences(before, picture(host.root, []))
}

const here = (host: Host) => at(host, step.path)

t.test('a missing directory is created', async t => {
  const host = hostIn(t, accounts)
  t.equal(drift(step, host), 'is missing')
  await mendIn(host)
  t.equal(drift(step, host), undefined)
  t.equal(lstatSync(here(host)).mode & 0o7777, 0o750)
  t.same(await staysAsItIs(host), [], 'a second mending changes no time')
})

t.test('a wrong mode is mended', async t => {
  const host = hostIn(t, { ...accounts, [`${step.path}/x`]: 'x' })
  await mendIn(host)
  for (const mode of [0o777, 0o700, 0o1750, 0o2750]) {
    chmodSync(here(host), mode)
    const octal = mode.toString(8).padStart(4, '0')
    t.equal(drift(step, host), `has mode ${octal} instead of 0750`)
    await mendIn(host)
    t.equal(drift(step, host), undefined)
    t.same(await staysAsItIs(host), [])
  }
  t.equal(host.text(`${step.path}/x`), 'x')
})

t.test('a wrong owner is mended', { skip: whyNotRoot }, async t => {
  const host = hostIn(t, accounts)
  await mendIn(host)
  for (const [uid, gid] of [
    [5, synapse.gid],
    [0, 5],
    [5, 6],
  ] as const) {
    chownSync(here(host), uid, gid)
    t.equal(drift(step, host), 'does not belong to root:synapse')
    await mendIn(host)
    t.equal(drift(step, host), undefined)
    t.match(host.look(step.path), { uid: 0, gid: synapse.gid })
    t.same(await staysAsItIs(host), [])
  }
})

t.test('something else in its place stays, and ends the run', async t => {
  const host = hostIn(t, { '/mnt/matrixdata/x': '', '/elsewhere/x': '' })
  chmodSync(at(host, '/elsewhere'), 0o700)
  const link = (to: string) => () => symlinkSync(to, here(host))
  for (const [what, put, is] of [
    ['a link to a directory', link('/elsewhere'), 'a symbolic link'],
    [
      'a relative link to a directory',
      link('../../elsewhere'),
      'a symbolic link',
    ],
    ['a link to nothing', link('/nowhere'), 'a symbolic link'],
    ['a file', () => writeFileSync(here(host), ''), 'not a directory'],
    ['a pipe', () => spawnSync('mkfifo', [here(host)]), 'not a directory'],
  ] as const) {
    put()
    t.match(
      refusal(() => drift(step, host)),
      {
        exit: exit.config,
        message: `${step.path}: is ${is}: a directory must be here`,
      },
      what,
    )
    host.remove(step.path)
  }
  t.equal(lstatSync(at(host, '/elsewhere')).mode & 0o777, 0o700)
})

const remains = `${step.path}/.old.example.signing.key.0123456789ab.cook`

t.test('leftovers of a run with other parameters are removed', async t => {
  const host = hostIn(t, { ...accounts, [remains]: 'secret' })
  await mended(host, stage =>
    stage.dir(step.path, step.mode, { uid: undefined, gid: synapse.gid }),
  )
  t.equal(drift(step, host), 'contains leftovers of an interrupted run')
  const { ctimeMs } = lstatSync(at(host, '/mnt/matrixdata'))
  await mendIn(host)
  t.equal(host.look(remains), undefined)
  t.equal(drift(step, host), undefined)
  t.equal(lstatSync(at(host, '/mnt/matrixdata')).ctimeMs, ctimeMs)
})

t.test('in a directory of another user nothing is removed', async t => {
  const host = hostIn(t, { ...accounts, [remains]: 'not ours' })
  await mendIn(host, own)
  t.equal(drift(own, host), undefined)
  t.equal(host.text(remains), 'not ours')
})

t.test(
  'a directory of one user is not given to another, with what is in it',
  { skip: whyNotRoot },
  async t => {
    const passwd = `${accounts['/etc/passwd']}carol:*:48200:48200::/:/bin/sh\n`
    const host = hostIn(t, {
      ...accounts,
      '/etc/passwd': passwd,
      [`${step.path}/.profile`]: 'touch /tmp/here',
    })
    const wanted = [synapse.uid, synapse.gid] as const
    chmodSync(here(host), step.mode)
    chownSync(here(host), 48200, wanted[1])
    const before = picture(host.root, [])
    const given = refusal(() => drift(own, host))
    t.match(given, {
      exit: exit.config,
      message: /keys: is owned by carol, but must be owned by synapse: move /,
    })
    t.match(
      refusal(() => mend(own, host, newStage(host))),
      given,
    )
    t.same(differences(before, picture(host.root, [])), [])
    // A uid without a user is that of the same user in an earlier jail.
    for (const uid of [0, 48300]) {
      chownSync(here(host), uid, wanted[1])
      await mendIn(host, own)
      const { uid: now, gid } = lstatSync(here(host))
      t.same([now, gid], wanted)
    }
  },
)
