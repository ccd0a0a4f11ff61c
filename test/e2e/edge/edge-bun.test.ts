import t from 'tap'
import { edge } from './edge.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('bun')
await (why ? t.plan(0, why) : t.test('the edge', t => edge(t, 'bun')))
