import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  truncateSync,
  utimesSync,
} from 'node:fs'
import { dirname } from 'node:path'
import t, { type Test } from 'tap'
import { exit } from '../../../lib/contract/failure.ts'
import { hostAt, type Host } from '../../../lib/host/host.ts'
import { temporaryName } from '../../../lib/host/look.ts'
import { Secret } from '../../../lib/contract/secret.ts'
import { newStage } from '../../../lib/engine/stage/stage.ts'
import type { FileStep } from '../../../lib/engine/steps/step.ts'
import { changesContent, drift, mend } from '../../../lib/engine/steps/file.ts'
import { differences, picture } from '../../e2e/setting.ts'
import {
  accounts,
  at,
  hostIn,
  machine,
  mended,
  synapse,
  whyNotRoot,
} from '../../small/host-in.ts'
import { refusal, rejection } from '../../small/refusal.ts'
import { canMakeDevices, makeDevice } from '../../support/device.ts'

const path = '/usr/local/etc/matrix-synapse/homeserver.yaml'

const step: FileStep = {
  kind: 'file',
  path,
  content: new Secret('server_name: "ü"\n'),
  owner: 'root',
  group: 'synapse',
  mode: 0o640,
}

const content = 'server_name: "ü"\n'

const mendIn = (host: Host, wanted = step) =>
  mended(host, stage => mend(wanted, host, stage))

const staysAsItIs = async (host: Host): Promise<string[]> => {
  const before = picture(host.root, [])
  await mendIn(host)
  return differences(before, picture(host.root, []))
}

const isRight = (host: Host): boolean => {
  const { mode, uid, gid, type } = host.look(path) ?? {}
  const owner = host.privileged ? [0, synapse.gid] : [uid, gid]
  return (
    drift(step, host) === undefined &&
    !changesContent(step, host) &&
    type === 'file' &&
    mode === 0o640 &&
    `${[uid, gid]}` === `${owner}` &&
    host.text(path) === content &&
    readdirSync(dirname(at(host, path))).length === 1
  )
}

t.test('a missing file is created completely', async t => {
  const host = hostIn(t, accounts)
  t.equal(drift(step, host), 'is missing')
  t.equal(changesContent(step, host), true)
  await mendIn(host)
  t.ok(isRight(host))
  t.same(await staysAsItIs(host), [], 'a second mending changes no time')
})

t.test('different content is replaced', async t => {
  for (const text of ['', 'x', `${content}\n`, content.slice(1), '\xff']) {
    const host = hostIn(t, { ...accounts, [path]: text })
    t.equal(drift(step, host), 'has different content')
    t.equal(changesContent(step, host), true)
    await mendIn(host)
    t.ok(isRight(host))
    t.same(await staysAsItIs(host), [])
  }
})

t.test('a wrong mode is mended', async t => {
  const host = hostIn(t, accounts)
  await mendIn(host)
  for (const mode of [0o644, 0o600, 0o4640, 0]) {
    chmodSync(at(host, path), mode)
    const octal = mode.toString(8).padStart(4, '0')
    // Without being root, a file with mode 0 cannot even be compared.
    if (mode !== 0 || host.privileged) {
      t.equal(drift(step, host), `has mode ${octal} instead of 0640`)
      t.equal(changesContent(step, host), false)
      const time = host.look(path)?.mtimeMs ?? NaN
      await mendIn(host)
      t.ok(isRight(host))
      t.ok(Math.abs((host.look(path)?.mtimeMs ?? 0) - time) < 1)
      t.same(await staysAsItIs(host), [])
    }
  }
})

t.test('a wrong owner is mended', { skip: whyNotRoot }, async t => {
  const host = hostIn(t, accounts)
  await mendIn(host)
  for (const [uid, gid] of [
    [5, synapse.gid],
    [0, 5],
    [5, 6],
  ] as const) {
    chownSync(at(host, path), uid, gid)
    t.equal(drift(step, host), 'does not belong to root:synapse')
    await mendIn(host)
    t.ok(isRight(host))
    t.same(await staysAsItIs(host), [])
  }
})

/** Puts something in place of the file and mends the file. */
const givesWay = async (t: Test, put: (real: string) => void) => {
  const host = hostIn(t, { ...accounts, '/other': content })
  mkdirSync(dirname(at(host, path)), { recursive: true })
  put(at(host, path))
  t.ok(['link', 'other'].includes(host.look(path)?.type ?? 'nothing'))
  t.equal(drift(step, host), 'is not a regular file')
  t.equal(changesContent(step, host), true)
  await mendIn(host)
  t.ok(isRight(host))
  t.equal(host.text('/other'), content)
  t.not(lstatSync(at(host, '/other')).mode & 0o777, 0o640)
}

for (const [what, to] of [
  ['a correct file', '../../../../other'],
  ['nothing', 'nowhere'],
  ['itself', 'homeserver.yaml'],
  ['a directory', '.'],
  ['a device', '/dev/zero'],
] as const) {
  t.test(`a link to ${what} is replaced, and not followed`, async t => {
    await givesWay(t, real => symlinkSync(to, real))
  })
}

t.test('a named pipe or a device is replaced', { timeout: 20_000 }, async t => {
  await givesWay(t, real => spawnSync('mkfifo', [real]))
  if (canMakeDevices()) {
    await givesWay(t, makeDevice)
  }
})

t.test('a directory in its place ends the run, and stays', async t => {
  const host = hostIn(t, { ...accounts, [`${path}/x`]: 'x' })
  t.match(
    refusal(() => drift(step, host)),
    {
      exit: exit.config,
      message: `${path}: is a directory, not a file`,
    },
  )
  t.match(await rejection(mendIn(host)), { exit: exit.config })
  t.equal(host.text(`${path}/x`), 'x')
})

t.test('a file that is too large ends the run, and stays', async t => {
  const host = hostIn(t, { ...accounts, [path]: '' })
  truncateSync(at(host, path), 17 * 1024 * 1024)
  t.match(
    refusal(() => drift(step, host)),
    {
      exit: exit.config,
      message: `${path}: is too large`,
    },
  )
  t.match(await rejection(mendIn(host)), { exit: exit.config })
  t.equal(host.look(path)?.size, 17 * 1024 * 1024)
})

t.test('another hard link to the old file is not changed', async t => {
  const host = hostIn(t, { ...accounts, [path]: 'old' })
  linkSync(at(host, path), at(host, '/second'))
  chmodSync(at(host, '/second'), 0o604)
  await mendIn(host)
  t.ok(isRight(host))
  t.equal(host.text('/second'), 'old')
  t.match(host.look('/second'), { mode: 0o604 })
})

t.test('a correct file may have a second hard link', async t => {
  const host = hostIn(t, accounts)
  await mendIn(host)
  linkSync(at(host, path), at(host, '/second'))
  t.equal(drift(step, host), undefined)
})

t.test('leftovers next to it are removed, and the file stays', async t => {
  const host = hostIn(t, { ...accounts, [path]: '' })
  await mendIn(host)
  utimesSync(at(host, path), 1000, 1000)
  const before = host.look(path)
  const killed = hostAt(host.root, machine)
  const remains = killed.writeTemporary(path, 'secret', 0o640, {
    uid: undefined,
    gid: undefined,
  })
  t.equal(drift(step, host), 'has leftovers of an interrupted run beside it')
  t.equal(changesContent(step, host), false)
  await mendIn(host)
  t.ok(isRight(host))
  t.same(host.look(path), before)
  t.equal(host.look(remains.path), undefined)
  t.same(await staysAsItIs(host), [])
})

t.test('leftovers do not hide other drift', async t => {
  const random = '0123456789ab'
  const host = hostIn(t, {
    ...accounts,
    [path]: 'old',
    [temporaryName(path, random)]: 'x',
  })
  t.equal(drift(step, host), 'has different content')
  await mendIn(host)
  t.ok(isRight(host))
})

t.test('nothing is written before the commit', async t => {
  const host = hostIn(t, { ...accounts, [path]: 'old' })
  const stage = newStage(host)
  await mend(step, host, stage)
  t.equal(host.text(path), 'old')
  t.equal(stage.text(path), content)
  stage.abandon()
  t.same(readdirSync(dirname(at(host, path))), ['homeserver.yaml'])
})

t.test('content that is generated when needed is generated once', async t => {
  let made = 0
  const make = async () => `certificate ${++made}`
  const reason = 'expires in 20 days'
  const fresh = { ...step, content: { reason, make } }
  for (const [files, told] of [
    [{}, 'is missing'],
    [{ [path]: 'old' }, reason],
  ] as const) {
    const host = hostIn(t, { ...accounts, ...files })
    made = 0
    t.equal(drift(fresh, host), told)
    t.equal(changesContent(fresh, host), true)
    t.equal(made, 0, 'looking for drift generates nothing')
    await mendIn(host, fresh)
    t.equal(made, 1)
    t.equal(host.text(path), 'certificate 1')
  }
})

t.test('plain text is written like a secret', async t => {
  const host = hostIn(t, accounts)
  const plain = { ...step, content: 'text', group: 'wheel', mode: 0o644 }
  await mendIn(host, plain)
  t.equal(drift(plain, host), undefined)
  t.equal(host.text(path), 'text')
})
