import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { exit } from '../lib/failure.ts'
import { hostAt, type Host } from '../lib/host.ts'
import { lock, patience, refuseIfLocked } from '../lib/lock.ts'
import { paths } from '../lib/paths.ts'
import { at, hostIn, machine } from './host-in.ts'
import { refusal } from './refusal.ts'

const run = '/var/run'

/** A root with these locks in it, by name: the pid that holds it, and more. */
const rootWith = (t: Test, locks: Record<string, string>): string => {
  const { root } = hostIn(t, { '/var/run/x': '' })
  for (const [name, text] of Object.entries(locks)) {
    symlinkSync(text, `${root}${run}/${name}`)
  }
  return root
}

/** A cook at that root with a pid of its own. */
const cook = (root: string, pid: number, living: readonly number[]): Host =>
  hostAt(root, { ...machine, pid, alive: each => living.includes(each) })

const locks = (host: Host): string[] =>
  readdirSync(at(host, run)).filter(name => name !== 'x')

t.test('the lock is taken, and given back without a trace', async t => {
  const host = cook(rootWith(t, {}), 5, [])
  refuseIfLocked(host)
  const unlock = lock(host)
  t.match(host.claimed(paths.lock), /^5 [0-9a-f]{24}$/)
  unlock()
  t.same(locks(host), [])
})

t.test('its folder is made where it is missing', async t => {
  const host = hostIn(t, {})
  lock(host)()
  t.same(readdirSync(at(host, run)), [])
})

t.test('while one cook is at work no other is', async t => {
  const root = rootWith(t, {})
  const unlock = lock(cook(root, 5, []))
  const other = cook(root, 6, [5])
  const held = {
    exit: exit.tempFail,
    message: 'another cook is running (pid 5, /var/run/cook.lock)',
  }
  t.match(
    refusal(() => lock(other)),
    held,
  )
  t.match(
    refusal(() => refuseIfLocked(other)),
    held,
  )
  unlock()
  refuseIfLocked(other)
  lock(other)()
  t.same(locks(other), [])
})

t.test('who has died holds nothing', async t => {
  for (const [what, left] of [
    ['one', { 'cook.lock': '5 aa' }],
    ['one, and its heir', { 'cook.lock': '5 aa', 'cook.lock.aa': '6 bb' }],
    [
      'one, its heir and a release that was interrupted',
      { 'cook.lock': '5 aa', 'cook.lock.aa': '6 bb', 'cook.lock.cc': '8 dd' },
    ],
    // In a new jail pids begin anew.
    ['one with the very pid', { 'cook.lock': '7 aa' }],
    ['a first link that went first', { 'cook.lock.aa': '6 bb' }],
  ] as const) {
    const host = cook(rootWith(t, left), 7, [7])
    const unlock = lock(host)
    const other = cook(host.root, 9, [7])
    t.equal(refusal(() => lock(other))?.exit, exit.tempFail, what)
    unlock()
    t.same(locks(host), [], what)
  }
})

t.test('who inherits from a lock that is given back begins anew', async t => {
  const host = cook(rootWith(t, { 'cook.lock': '5 aa' }), 7, [7])
  let claims = 0
  // Another one inherits, and gives it all back, before this one's claim.
  const late: Host = {
    ...host,
    claim: (path, text) => {
      if (claims++ === 0) {
        host.remove(paths.lock)
      }
      return host.claim(path, text)
    },
  }
  const unlock = lock(late)
  t.equal(claims, 2)
  t.same(locks(host), ['cook.lock'])
  t.equal(refusal(() => lock(cook(host.root, 9, [7])))?.exit, exit.tempFail)
  unlock()
  t.same(locks(host), [])
})

t.test('who comes while a lock is given back holds it alone', async t => {
  const host = cook(rootWith(t, { 'cook.lock': '5 aa' }), 7, [7])
  const next = cook(host.root, 9, [])
  let back: (() => void) | undefined
  const unlock = lock({
    ...host,
    remove: path => {
      host.remove(path)
      back ??= lock(next)
    },
  })
  unlock()
  const third = cook(host.root, 11, [9])
  t.equal(refusal(() => lock(third))?.exit, exit.tempFail)
  back?.()
  t.same(locks(host), [])
})

t.test('an heir that lives holds the lock', async t => {
  const left = { 'cook.lock': '5 aa', 'cook.lock.aa': '6 bb' }
  const host = cook(rootWith(t, left), 7, [6, 7])
  for (const work of [lock, refuseIfLocked]) {
    t.match(
      refusal(() => work(host)),
      {
        exit: exit.tempFail,
        message: /\(pid 6, /,
      },
    )
  }
  t.same(locks(host), ['cook.lock', 'cook.lock.aa'])
})

t.test('the lock of a dead one is removed when nobody needs it', async t => {
  const left = { 'cook.lock': '5 aa', 'cook.lock.aa': '6 bb' }
  const host = cook(rootWith(t, left), 7, [7])
  refuseIfLocked(host)
  t.same(locks(host), [])
})

t.test('so is what is left of one that died as it gave it back', async t => {
  const left = { 'cook.lock.aa': '6 bb', 'cook.lock.cc': '8 dd' }
  const host = cook(rootWith(t, left), 7, [7])
  refuseIfLocked(host)
  t.same(locks(host), [])
})

t.test('who is patient gets the lock when it is given back', async t => {
  const root = rootWith(t, {})
  const unlock = lock(cook(root, 5, []))
  const other = cook(root, 6, [5])
  const patient = patience(60)
  const waiting = patient(() => lock(other))
  await sleep(150)
  t.match(other.claimed(paths.lock), /^5 /)
  unlock()
  const back = await waiting
  t.match(other.claimed(paths.lock), /^6 /)
  back()
})

t.test('patience ends with its time, by a signal and at a fault', async t => {
  const root = rootWith(t, {})
  const unlock = lock(cook(root, 5, []))
  const other = cook(root, 6, [5])
  const codeOf = (seconds: number, ending?: AbortSignal) =>
    patience(seconds, ending)(() => lock(other)).catch(({ exit }) => exit)
  const begun = performance.now()
  t.equal(await codeOf(0.2), exit.tempFail)
  t.ok(performance.now() - begun >= 200)
  // None of these may wait as long as it could.
  const ending = new AbortController()
  const ended = codeOf(1000, ending.signal)
  ending.abort()
  t.equal(await ended, exit.tempFail)
  unlock()
  symlinkSync('nothing of cook', at(other, paths.lock))
  t.equal(await codeOf(1000), exit.config)
})

t.test('what is no lock of a cook stays, and ends the run', async t => {
  const host = hostIn(t, { '/var/run/x': '' })
  for (const put of [
    () => writeFileSync(at(host, paths.lock), '5 aa'),
    () => mkdirSync(at(host, paths.lock)),
    ...['/etc/passwd', '5', '5 ', '0 aa', '-5 aa', '5 AA', '5 aa\n'].map(
      text => () => symlinkSync(text, at(host, paths.lock)),
    ),
  ]) {
    put()
    for (const work of [lock, refuseIfLocked]) {
      t.match(
        refusal(() => work(host)),
        {
          exit: exit.config,
          message: `${paths.lock}: is not a lock of cook`,
        },
      )
    }
    t.same(locks(host), ['cook.lock'])
    host.look(paths.lock)?.type === 'dir'
      ? host.removeDir(paths.lock)
      : host.remove(paths.lock)
  }
})

t.test('a lock that cannot be removed does not end the run', async t => {
  const host = cook(rootWith(t, {}), 5, [])
  const unlock = lock(host)
  host.remove(paths.lock)
  mkdirSync(at(host, paths.lock))
  unlock()
  t.same(locks(host), ['cook.lock'])
})

t.test('of many at once one at a time holds it', async t => {
  const { root } = hostIn(t, { '/var/run/x': '' })
  const script = fileURLToPath(new URL('take-lock.ts', import.meta.url))
  const worker = (...args: string[]) =>
    new Promise<string>(resolve => {
      const child = spawn(process.execPath, [script, root, ...args])
      let said = ''
      child.stdout.on('data', data => (said += data))
      child.stderr.on('data', data => (said += data))
      child.on('close', () => resolve(said))
    })
  const said = await Promise.all([
    ...Array.from({ length: 4 }, () => worker('40')),
    ...Array.from({ length: 6 }, (_, i) => worker(`${i * 4 + 1}`, 'dies')),
  ])
  t.same(
    said,
    Array.from({ length: 10 }, () => '0'),
  )
  const host = cook(root, process.pid, [])
  lock(host)()
  t.same(locks(host), [], 'the last one of all finds only dead ones')
})
