import t from 'tap'
import { boots, failing } from './boot.ts'
import { blocks } from './nomad.ts'
import { dataSet, whyNot } from '../setting.ts'

t.jobs = 2
const why = whyNot('bun')
if (why) {
  t.plan(0, why)
} else {
  t.test('one data set, two images', async t => {
    const data = dataSet(t)
    const token = await boots(t, 'bun', data)
    await blocks(t, 'bun', data, token)
  })
  t.test('a jail that cannot start as it should', t => failing(t, 'bun'))
}
