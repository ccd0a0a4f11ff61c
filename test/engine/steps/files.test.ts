import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Host } from '../../../lib/host/host.ts'
import { newStage } from '../../../lib/engine/stage/stage.ts'
import type { FilesStep } from '../../../lib/engine/steps/step.ts'
import { changing, drift, mend } from '../../../lib/engine/steps/files.ts'
import { hostIn } from '../../small/host-in.ts'

// The umask gives the files of the tests the mode of the step.
process.umask(0o022)

const a = 'a'.repeat(64)
const b = 'b'.repeat(64)
const c = 'c'.repeat(64)
const left = `.${c}.pem.0123456789ab.cook`

const step = (...names: string[]): FilesStep => ({
  kind: 'files',
  path: '/etc/ca',
  files: names.map(name => ({ name: `${name}.pem`, content: `${name}\n` })),
  names: /^\.?[0-9a-f]{64}\.pem(\.[0-9a-f]{12}\.cook)?$/,
  owner: 'root',
  group: 'wheel',
  mode: 0o644,
})

const there = (host: Host): string[] =>
  readdirSync(join(host.root, 'etc/ca')).sort()

const apply = async (step: FilesStep, host: Host) => {
  const stage = newStage(host)
  await mend(step, host, stage)
  return stage
}

t.test('missing files are created, and then nothing drifts', async t => {
  const host = hostIn(t, { '/etc/ca/own': '' })
  const wanted = step(a, b)
  t.equal(drift(wanted, host), 'have 2 of 2 missing or wrong')
  t.same(changing(wanted, host), [`/etc/ca/${a}.pem`, `/etc/ca/${b}.pem`])
  const stage = await apply(wanted, host)
  await stage.commit()
  stage.finish()
  t.equal(drift(wanted, host), undefined)
  t.same(changing(wanted, host), [])
  t.same(there(host), [`${a}.pem`, `${b}.pem`, 'own'])
  t.equal(readFileSync(join(host.root, `etc/ca/${a}.pem`), 'utf8'), `${a}\n`)
  t.equal(statSync(join(host.root, `etc/ca/${b}.pem`)).mode & 0o777, 0o644)
})

t.test('only wrong files are touched', async t => {
  const host = hostIn(t, {
    [`/etc/ca/${a}.pem`]: `${a}\n`,
    [`/etc/ca/${b}.pem`]: 'something else',
  })
  const right = join(host.root, `etc/ca/${a}.pem`)
  const before = lstatSync(right, { bigint: true })
  const wanted = step(a, b, c)
  t.equal(drift(wanted, host), 'have 2 of 3 missing or wrong')
  const stage = await apply(wanted, host)
  await stage.commit()
  stage.finish()
  t.equal(drift(wanted, host), undefined)
  const after = lstatSync(right, { bigint: true })
  t.same([after.ino, after.ctimeNs], [before.ino, before.ctimeNs])
})

t.test('files that are not wanted any more are removed', async t => {
  const others = ['own.pem', `${a}.pem.bak`, 'README']
  const names = [...others, `${a}.pem`, `${b}.pem`, left]
  const host = hostIn(
    t,
    Object.fromEntries(names.map(name => [`/etc/ca/${name}`, `${a}\n`])),
  )
  const wanted = step(a)
  t.equal(drift(wanted, host), 'have 2 too many')
  const stage = await apply(wanted, host)
  t.same(there(host), [...names].sort(), 'they stay until the end')
  await stage.commit()
  stage.finish()
  t.same(there(host), [...others, `${a}.pem`].sort())
  t.equal(drift(wanted, host), undefined)
})

t.test('a directory with such a name stays', async t => {
  const host = hostIn(t, { [`/etc/ca/${a}.pem/x`]: '' })
  t.equal(drift(step(), host), undefined)
  const stage = await apply(step(), host)
  await stage.commit()
  t.same(stage.finish(), [])
  t.same(there(host), [`${a}.pem`])
})

t.test('a missing directory is no drift if there are no files', async t => {
  t.equal(drift(step(), hostIn(t, { '/etc/x': '' })), undefined)
})

t.test('the files are in place before the rest is committed', async t => {
  const host = hostIn(t, { '/etc/ca/own': '' })
  const stage = newStage(host)
  const owner = { uid: undefined, gid: undefined }
  stage.file('/etc/list', 'x', 0o644, owner)
  await mend(step(a), host, stage)
  t.equal(host.text(`/etc/ca/${a}.pem`), `${a}\n`)
  t.equal(host.look('/etc/list'), undefined)
  await stage.commit()
  stage.finish()
  t.equal(host.text('/etc/list'), 'x')
  t.same(there(host), [`${a}.pem`, 'own'])
})

t.test('after an abandoned stage everything is as before', async t => {
  const host = hostIn(t, {
    [`/etc/ca/${a}.pem`]: 'damaged',
    [`/etc/ca/${b}.pem`]: `${b}\n`,
  })
  const stage = await apply(step(a, c), host)
  t.equal(host.text(`/etc/ca/${a}.pem`), `${a}\n`)
  stage.abandon()
  t.same(there(host), [`${a}.pem`, `${b}.pem`])
  t.equal(host.text(`/etc/ca/${a}.pem`), 'damaged')
})

t.test('after a revert the files of the old list are there', async t => {
  const host = hostIn(t, {
    [`/etc/ca/${a}.pem`]: `${a}\n`,
    '/etc/list': 'a',
  })
  const stage = await apply(step(b), host)
  stage.file('/etc/list', 'b', 0o644, { uid: undefined, gid: undefined })
  await stage.commit()
  t.ok(await stage.revert(['/etc/list']))
  stage.finish()
  t.equal(host.text('/etc/list'), 'a')
  t.same(there(host), [`${a}.pem`, `${b}.pem`])
})
