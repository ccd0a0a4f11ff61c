import t from 'tap'
import { live } from './life.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('bun')
await (why ? t.plan(0, why) : live(t, 'bun'))
