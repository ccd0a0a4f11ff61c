import t from 'tap'
import { outside } from './outside.ts'
import { whyNot } from '../setting.ts'

const why = whyNot('bun')
await (why ? t.plan(0, why) : outside(t, 'bun'))
