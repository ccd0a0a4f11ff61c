// Users whose home, or who themselves, existed before.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { exit, Failure } from '../../../lib/contract/failure.ts'
import { hostAt, type Host } from '../../../lib/host/host.ts'
import { newStage } from '../../../lib/engine/stage/stage.ts'
import type { UserStep } from '../../../lib/engine/steps/step.ts'
import { drift, mend } from '../../../lib/engine/steps/user.ts'
import { machine } from '../../small/host-in.ts'

const step: UserStep = {
  kind: 'user',
  name: 'me',
  comment: 'Me',
  home: '/mnt/me',
  shell: '/bin/sh',
  groups: ['wheel', 'staff'],
}

// The stand-in for pw(8) supports -R as well.
const bin = fileURLToPath(new URL('../../jail/bin', import.meta.url))

const passwd = 'root:*:0:0:Root:/root:/bin/sh\nyou:*:1001:1001::/you:/bin/sh\n'
const group = 'wheel:*:0:root\nstaff:*:20:\nyou:*:1001:\n'
const me = (uid: number, home = step.home): string =>
  `me:*:${uid}:${uid}:Me:${home}:/bin/csh\n`

/** A jail whose directory /mnt/me, if it exists, belongs to this uid. */
const jail = (
  t: Test,
  homeOf: number | undefined,
  users = '',
  groups = group,
): Host => {
  const etc = { passwd: passwd + users, group: groups }
  const root = t.testdir({
    etc,
    mnt: homeOf === undefined ? {} : { me: {} },
  })
  const path = `${bin}:${machine.path}`
  const host = hostAt(root, { ...machine, euid: 0, path })
  return {
    ...host,
    look: path => {
      const stat = host.look(path)
      return stat && path === step.home && homeOf !== undefined
        ? { ...stat, uid: homeOf }
        : stat
    },
  }
}

const made = async (host: Host): Promise<() => void> => {
  const stage = newStage(host)
  await mend(step, host, stage)
  return stage.abandon
}

const lines = (host: Host, file: string): string =>
  readFileSync(`${host.root}/etc/${file}`, 'utf8')

t.test('a new user gets the uid of its home', async t => {
  for (const [what, homeOf, uid] of [
    ['no home', undefined, 1002],
    ['a home of its own, from another jail', 2345, 2345],
    ["a home that is root's", 0, 1002],
    ['a home of another user', 1001, 1002],
  ] as const) {
    const host = jail(t, homeOf)
    t.equal(drift(step, host), 'is missing', what)
    const undo = await made(host)
    t.match(lines(host, 'passwd'), `\nme:*:${uid}:${uid}:Me:/mnt/me:/bin/sh\n`)
    t.match(lines(host, 'group'), 'wheel:*:0:root,me\nstaff:*:20:me\n')
    t.equal(drift(step, host), undefined, what)
    undo()
    t.equal(lines(host, 'passwd'), passwd)
  }
})

t.test('no user gets the uid of root', async t => {
  const host = jail(t, 0)
  writeFileSync(`${host.root}/etc/passwd`, me(2000))
  t.equal(drift({ ...step, groups: [] }, host), undefined)
})

t.test('a user that does not drift is not changed', async t => {
  for (const [homeOf, groups] of [
    [undefined, 'wheel:*:0:root,me\nstaff:*:20:me\n'],
    [2000, 'wheel:*:0:me\nstaff:*:2000:\n'],
    [0, 'wheel:*:0:a,me,b\nstaff:*:20:x,me\n'],
    [1001, 'wheel:*:0:me\nstaff:*:20:me\n'],
  ] as const) {
    const host = jail(t, homeOf, me(2000), groups)
    t.equal(drift(step, host), undefined, groups)
  }
})

const inAll = group.replace('root', 'root,me').replace('20:', '20:me')

t.test('only what drifts about a user is changed', async t => {
  for (const [users, homeOf, groups, reason] of [
    [me(2000), 2345, inAll, 'has uid 2000, but its home belongs to uid 2345'],
    [me(2000, '/old'), undefined, inAll, 'has its home at /old'],
    [
      me(2000, '/old'),
      2345,
      group,
      'has uid 2000, but its home belongs to uid 2345',
    ],
    [me(2000), undefined, group, 'is not in group wheel'],
    [
      me(2000),
      2000,
      inAll.replace('20:me', '20:menu'),
      'is not in group staff',
    ],
  ] as const) {
    const host = jail(t, homeOf, users, groups)
    t.equal(drift(step, host), reason)
    const undo = await made(host)
    t.equal(drift(step, host), undefined, reason)
    const uid = homeOf ?? 2000
    t.match(lines(host, 'passwd'), `\nme:*:${uid}:2000:Me:/mnt/me:/bin/csh\n`)
    const has = /^wheel:\*:0:root,me\nstaff:\*:20:(menu,)?me\n/
    t.match(lines(host, 'group'), has)
    undo()
    t.equal(lines(host, 'passwd'), passwd + users, `${reason}: rolled back`)
    t.equal(lines(host, 'group'), groups)
  }
})

t.test('an error of pw(8) ends the run', async t => {
  const host = jail(t, undefined, '', 'wheel:*:0:root\n')
  await t.rejects(
    made(host),
    new Failure(exit.cantCreate, 'pw useradd me failed', {
      details: ["pw: group `staff' does not exist"],
    }),
  )
})

t.test('only root can create users', async t => {
  t.equal(drift(step, { ...jail(t, undefined), privileged: false }), undefined)
})
