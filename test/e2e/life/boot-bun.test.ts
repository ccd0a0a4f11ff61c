import t from 'tap'
import { boots, failing } from './boot.ts'
import { blocks } from './nomad.ts'
import { dataSet, whyNot } from '../setting.ts'

t.jobs = 2
const why = whyNot('bun')
if (why) {
  t.plan(0, why)
} else {
  t.test('two images use one data set', async t => {
    const data = dataSet(t)
    const token = await boots(t, 'bun', data)
    await blocks(t, 'bun', data, token)
  })
  t.test('a jail whose start fails', t => failing(t, 'bun'))
}
