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
