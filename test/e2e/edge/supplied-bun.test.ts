import t from 'tap'
import { supplied } from './supplied.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('bun')
await (why ? t.plan(0, why) : t.test('supplied', t => supplied(t, 'bun')))
