import t from 'tap'
import { whyNot } from '../setting.ts'
import { beside, newer } from './strangers.ts'

t.jobs = 2
const why = whyNot('bundle')
if (why) {
  t.plan(0, why)
} else {
  t.test('the configuration is newer than Synapse', t => newer(t, 'bundle'))
  t.test('a stranger beside Synapse', t => beside(t, 'bundle'))
}
