import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { exit } from '../../lib/contract/failure.ts'
import { hostAt, type Host } from '../../lib/host/host.ts'
import { lock, patience, refuseIfLocked } from '../../lib/host/lock.ts'
import { paths } from '../../lib/contract/paths.ts'
import { at, hostIn, machine } from '../small/host-in.ts'
import { refusal } from '../small/refusal.ts'
import { alive } from '../small/service-step.ts'
import { lockText } from '../support/lock-text.ts'

const run = '/var/run'

/** A root with these locks, by name: the text of each claim. */
const rootWith = (t: Test, locks: Record<string, string>): string => {
  const { root } = hostIn(t, { '/var/run/x': '' })
  for (const [name, text] of Object.entries(locks)) {
    symlinkSync(text, `${root}${run}/${name}`)
  }
  return root
}

/**
 * A cook with its own pid at that root, where others live. Each process was
 * started as many seconds after the system as its pid says.
 */
const cook = (root: string, pid: number, living: readonly number[]): Host => ({
  ...hostAt(root, { ...machine, pid }),
  processOf: each =>
    [pid, ...living].includes(each)
      ? { pid: each, uid: 0, start: each, command: 'cook' }
      : undefined,
  stillRuns: each => each.start === each.pid && living.includes(each.pid),
})

const locks = (host: Host): string[] =>
  readdirSync(at(host, run)).filter(name => name !== 'x')

t.test('the lock is taken, and released without leftovers', async t => {
  const host = cook(rootWith(t, {}), 5, [])
  refuseIfLocked(host)
  const unlock = lock(host)
  t.match(host.claimed(paths.lock), /^5 [0-9a-f]{24} 5\.00$/)
  unlock()
  t.same(locks(host), [])
})

t.test('its directory is created if it is missing', async t => {
  const host = hostIn(t, {})
  lock(host)()
  t.same(readdirSync(at(host, run)), [])
})

t.test('while one cook holds the lock no other can take it', async t => {
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

t.test('a dead process does not hold the lock', async t => {
  for (const [what, left] of [
    ['one', { 'cook.lock': '5 aa 5.00' }],
    [
      'one, and its heir',
      { 'cook.lock': '5 aa 5.00', 'cook.lock.aa': '6 bb 6.00' },
    ],
    [
      'one, its heir and a release that was interrupted',
      {
        'cook.lock': '5 aa 5.00',
        'cook.lock.aa': '6 bb 6.00',
        'cook.lock.cc': '8 dd 8.00',
      },
    ],
    // In a new jail pids start again.
    ['one with the very pid', { 'cook.lock': '7 aa 7.00' }],
    ['a first link that went first', { 'cook.lock.aa': '6 bb 6.00' }],
  ] as const) {
    const host = cook(rootWith(t, left), 7, [7])
    const unlock = lock(host)
    const other = cook(host.root, 9, [7])
    t.equal(refusal(() => lock(other))?.exit, exit.tempFail, what)
    unlock()
    t.same(locks(host), [], what)
  }
})

t.test('a lock names a process that no other can become', async t => {
  const child = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] })
  t.teardown(() => child.kill())
  child.stdin.write('x')
  await once(child.stdout, 'data')
  const real = (text: string): Host =>
    hostAt(rootWith(t, { 'cook.lock': text }), { ...machine, alive })
  const own = lockText(child.pid!)
  for (const work of [lock, refuseIfLocked]) {
    t.equal(refusal(() => work(real(own)))?.exit, exit.tempFail)
    for (const other of [
      own.replace(/\d+(?=\.)/, seconds => `${Number(seconds) - 2}`),
      own.replace(/\d+(?=\.)/, seconds => `${Number(seconds) + 2}`),
      // The start is what counts, and these do not say it.
      `${child.pid} 0123456789abcdef`,
      '1 abcdef012345',
    ]) {
      const host = real(other)
      t.equal(
        refusal(() => work(host)),
        undefined,
        other,
      )
    }
  }
})

t.test('who cannot see processes does not take the lock', async t => {
  const host = { ...cook(rootWith(t, {}), 5, []), processOf: () => undefined }
  t.match(
    refusal(() => lock(host)),
    { exit: exit.unavailable, message: /cannot see its own process/ },
  )
  t.same(locks(host), [])
})

t.test('an heir of a lock that was released tries again', async t => {
  const host = cook(rootWith(t, { 'cook.lock': '5 aa 5.00' }), 7, [7])
  let claims = 0
  // Another heir takes and releases the lock before this one's claim.
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

t.test('a lock taken during a release has one holder', async t => {
  const host = cook(rootWith(t, { 'cook.lock': '5 aa 5.00' }), 7, [7])
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

t.test('a living heir holds the lock', async t => {
  const left = { 'cook.lock': '5 aa 5.00', 'cook.lock.aa': '6 bb 6.00' }
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

t.test('the lock of a dead process is removed', async t => {
  const left = { 'cook.lock': '5 aa 5.00', 'cook.lock.aa': '6 bb 6.00' }
  const host = cook(rootWith(t, left), 7, [7])
  refuseIfLocked(host)
  t.same(locks(host), [])
})

t.test('the leftovers of an interrupted release are removed', async t => {
  const left = { 'cook.lock.aa': '6 bb 6.00', 'cook.lock.cc': '8 dd 8.00' }
  const host = cook(rootWith(t, left), 7, [7])
  refuseIfLocked(host)
  t.same(locks(host), [])
})

t.test('a waiting cook gets the lock when it is released', async t => {
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

t.test('waiting ends at its limit, by a signal and at an error', async t => {
  const root = rootWith(t, {})
  const unlock = lock(cook(root, 5, []))
  const other = cook(root, 6, [5])
  const codeOf = (seconds: number, ending?: AbortSignal) =>
    patience(seconds, ending)(() => lock(other)).catch(({ exit }) => exit)
  const begun = performance.now()
  t.equal(await codeOf(0.2), exit.tempFail)
  t.ok(performance.now() - begun >= 200)
  // None of these waits until its limit.
  const ending = new AbortController()
  const ended = codeOf(1000, ending.signal)
  ending.abort()
  t.equal(await ended, exit.tempFail)
  unlock()
  symlinkSync('nothing of cook', at(other, paths.lock))
  t.equal(await codeOf(1000), exit.config)
})

t.test('a file that is not a lock of cook stays, and ends the run', async t => {
  const host = hostIn(t, { '/var/run/x': '' })
  for (const put of [
    () => writeFileSync(at(host, paths.lock), '5 aa 5.00'),
    () => mkdirSync(at(host, paths.lock)),
    ...['/etc/passwd', '5', '5 ', '0 aa 0.00', '-5 aa', '5 AA', '5 aa\n'].map(
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

t.test('of many processes only one holds the lock', async t => {
  const { root } = hostIn(t, { '/var/run/x': '' })
  const script = fileURLToPath(
    new URL('../support/take-lock.ts', import.meta.url),
  )
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
