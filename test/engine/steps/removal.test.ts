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

t.test('what is not there needs no removal', async t => {
  t.equal(drift(step, hostIn(t, { '/etc/x/other': '' })), undefined)
  t.equal(drift(step, hostIn(t, {})), undefined)
})

t.test('it goes, with its remains and nothing else', async t => {
  const host = hostIn(t, files)
  t.equal(drift(step, host), 'is no longer needed')
  const stage = newStage(host)
  mend(step, host, stage)
  await stage.commit()
  t.equal(host.text('/etc/x/own'), 'mine', 'but not before all is done')
  stage.finish()
  t.same(host.list('/etc/x'), ['other'])
  t.equal(drift(step, host), undefined)
})

t.test('it stays when the rest cannot be done', async t => {
  const host = hostIn(t, files)
  const stage = newStage(host)
  mend(step, host, stage)
  stage.file('/etc/x/new', 'new', 0o644, { uid: undefined, gid: undefined })
  stage.abandon()
  t.equal(host.text('/etc/x/own'), 'mine')
  t.same(host.list('/etc/x'), ['.own.0123456789ab.cook', 'other', 'own'])
})
