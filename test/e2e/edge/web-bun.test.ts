import t from 'tap'
import { web } from './web.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('bun')
await (why
  ? t.plan(0, why)
  : t.test('the pages of the edge', t => web(t, 'bun')))
