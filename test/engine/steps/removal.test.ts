import t from 'tap'
import { newStage } from '../../../lib/engine/stage/stage.ts'
import type { RemovalStep } from '../../../lib/engine/steps/step.ts'
import { drift, mend } from '../../../lib/engine/steps/removal.ts'
import { hostIn } from '../../small/host-in.ts'

const step: RemovalStep = { kind: 'removal', path: '/etc/x/own' }
const files = {
  '/etc/x/own': 'mine',
  '/etc/x/.own.0123456789ab.cook': 'half of it',
  '/etc/x/other': 'theirs',
}

t.test('a missing file does not drift', async t => {
  t.equal(drift(step, hostIn(t, { '/etc/x/other': '' })), undefined)
  t.equal(drift(step, hostIn(t, {})), undefined)
})

t.test('the file is removed with its leftovers, and nothing else', async t => {
  const host = hostIn(t, files)
  t.equal(drift(step, host), 'is no longer needed')
  const stage = newStage(host)
  mend(step, host, stage)
  await stage.commit()
  t.equal(host.text('/etc/x/own'), 'mine', 'it stays until the end of the run')
  stage.finish()
  t.same(host.list('/etc/x'), ['other'])
  t.equal(drift(step, host), undefined)
})

t.test('it stays if the run fails', async t => {
  const host = hostIn(t, files)
  const stage = newStage(host)
  mend(step, host, stage)
  stage.file('/etc/x/new', 'new', 0o644, { uid: undefined, gid: undefined })
  stage.abandon()
  t.equal(host.text('/etc/x/own'), 'mine')
  t.same(host.list('/etc/x'), ['.own.0123456789ab.cook', 'other', 'own'])
})

const folder: RemovalStep = {
  ...{ kind: 'removal', path: '/var/db/x' },
  passing: /^main\.sock(\.lock)?$/,
}

t.test('a directory is removed when it is empty', async t => {
  const host = hostIn(t, { '/var/db/x/main.sock': '', '/var/db/y': '' })
  t.equal(drift(folder, host), 'is no longer needed')
  const end = async (): Promise<string[]> => {
    const stage = newStage(host)
    mend(folder, host, stage)
    await stage.commit()
    return stage.finish()
  }
  t.same(await end(), [])
  t.same(host.list('/var/db/x'), ['main.sock'], 'not while it is used')
  const stage = newStage(host)
  mend(folder, host, stage)
  await stage.commit()
  host.remove('/var/db/x/main.sock')
  t.same(stage.finish(), [])
  t.same(host.list('/var/db'), ['y'])
  t.equal(drift(folder, host), undefined)
})

t.test('a directory with anything else in it stays', async t => {
  for (const files of [
    { '/var/db/x/main.sock': '', '/var/db/x/other': '' },
    { '/var/db/x': 'a file' },
    { '/var/db/y': '' },
  ]) {
    t.equal(drift(folder, hostIn(t, files)), undefined)
  }
})

t.test('a directory stays if the previous files are restored', async t => {
  const host = hostIn(t, { '/var/db/x/main.sock': '', '/etc/a': 'old' })
  const stage = newStage(host)
  stage.file('/etc/a', 'new', 0o644, { uid: undefined, gid: undefined })
  mend(folder, host, stage)
  await stage.settle()
  await stage.commit()
  host.remove('/var/db/x/main.sock')
  t.equal(await stage.revert(['/etc/a']), true)
  t.same(stage.finish(), [])
  t.same(host.list('/var/db'), ['x'])
})
