import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { exit } from '../../../lib/contract/failure.ts'
import { hostAt, type Host } from '../../../lib/host/host.ts'
import { newStage } from '../../../lib/engine/stage/stage.ts'
import type { UserStep } from '../../../lib/engine/steps/step.ts'
import { drift, mend } from '../../../lib/engine/steps/user.ts'
import { differences, picture } from '../../e2e/setting.ts'
import { accounts, at, hostIn, machine, mended } from '../../small/host-in.ts'
import { rejection } from '../../small/refusal.ts'

// The stand-in for pw(8) works below a root, like the real one.
const bin = fileURLToPath(new URL('../../jail/bin', import.meta.url))

const step: UserStep = {
  kind: 'user',
  name: 'control',
  comment: "the control user's",
  home: '/mnt/matrixdata/control',
  shell: '/bin/sh',
  groups: ['wheel'],
}

const jail = (t: Test, files: Record<string, string> = accounts): Host => {
  const { root } = hostIn(t, files)
  return hostAt(root, { ...machine, path: `${bin}:${machine.path}` })
}

const mendIn = (host: Host, wanted = step) =>
  mended(host, stage => mend(wanted, host, stage))

t.test('a missing user is created below the root', async t => {
  const host = jail(t)
  t.equal(drift(step, host), 'is missing')
  await mendIn(host)
  t.equal(drift(step, host), undefined)
  const passwd = readFileSync(at(host, '/etc/passwd'), 'utf8')
  t.match(passwd, /^control:\*:\d+:\d+:the control user's:/m)
  t.match(passwd, /:\/mnt\/matrixdata\/control:\/bin\/sh$/m)
  t.match(readFileSync(at(host, '/etc/group'), 'utf8'), /^wheel:.*\bcontrol$/m)
  t.equal(host.look(step.home), undefined, 'another step creates its home')
})

t.test('an existing user is not changed', async t => {
  const host = jail(t, {
    ...accounts,
    '/etc/passwd': `${accounts['/etc/passwd']}control:*:5:5::${step.home}:/bin/csh\n`,
    '/etc/group': 'wheel:*:0:root,control\n',
  })
  t.equal(drift(step, host), undefined)
})

t.test('a user that was created is removed if the run fails', async t => {
  const host = jail(t)
  const before = host.text('/etc/passwd')
  const groups = host.text('/etc/group')
  const stage = newStage(host)
  await mend(step, host, stage)
  t.equal(drift(step, host), undefined)
  stage.abandon()
  t.equal(host.text('/etc/passwd'), before)
  t.equal(host.text('/etc/group'), groups)
})

t.test('if a user cannot be created nothing is changed', async t => {
  const host = jail(t)
  const before = picture(host.root, [])
  const wanted = { ...step, groups: ['wheel', 'nogroup'] }
  t.match(await rejection(mendIn(host, wanted)), {
    exit: exit.cantCreate,
    message: 'pw useradd control failed',
    details: ["pw: group `nogroup' does not exist"],
  })
  t.same(differences(before, picture(host.root, [])), [])
})

t.test('without pw(8) the run ends and names it', async t => {
  const host = hostIn(t, accounts)
  t.match(await rejection(mendIn(host)), {
    exit: exit.cantCreate,
    message: 'pw useradd control failed',
    details: ['pw: no such file or directory'],
  })
})
