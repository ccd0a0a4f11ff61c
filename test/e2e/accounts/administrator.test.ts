import t from 'tap'
import { administrator, givenPassword } from './administrator.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('bun')
if (why) {
  t.plan(0, why)
} else {
  await t.test('a password is generated', t => administrator(t, 'bun'))
  await t.test('a password is given', t => givenPassword(t, 'bun'))
}
